{{- define "portcullis.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of every object: the release's, with the chart's where that does not hold it already. */}}
{{- define "portcullis.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "portcullis.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "portcullis.serviceAccountName" -}}
{{- default (include "portcullis.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* What never changes in the life of a release: selectors cannot be changed. */}}
{{- define "portcullis.selectorLabels" -}}
app.kubernetes.io/name: {{ include "portcullis.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "portcullis.labels" -}}
{{ include "portcullis.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The controller's Pods are not the webhook's: its Service must not find them. */}}
{{- define "portcullis.controllerSelectorLabels" -}}
app.kubernetes.io/name: {{ include "portcullis.name" . }}-controller
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "portcullis.controllerLabels" -}}
{{ include "portcullis.controllerSelectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Webhook and controller alike. */}}
{{- define "portcullis.everyPod" -}}
matchExpressions:
- key: app.kubernetes.io/name
  operator: In
  values: [{{ include "portcullis.name" . }}, {{ include "portcullis.name" . }}-controller]
matchLabels:
  app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* A digest, where one is given, says more than a tag. */}}
{{- define "portcullis.image" -}}
{{- $name := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $name = printf "%s/%s" . $name }}{{ end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Namespaces that no entry looks into, by the label that the API server keeps equal to the name. */}}
{{- define "portcullis.elsewhere" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: [kube-system, kube-public, kube-node-lease, {{ .Release.Namespace }}]
{{- end }}

{{/* How the API server calls an entry: {root: the chart's, path: /validate}. */}}
{{- define "portcullis.clientConfig" -}}
clientConfig:
  {{- with .root.Values.certificates.caBundle }}
  caBundle: {{ b64enc . }}
  {{- end }}
  {{- if .root.Values.webhook.url }}
  url: {{ trimSuffix "/" .root.Values.webhook.url }}{{ .path }}
  {{- else }}
  service: {name: {{ include "portcullis.fullname" .root }}, namespace: {{ .root.Release.Namespace }}, path: {{ .path }}, port: 443}
  {{- end }}
{{- end }}

{{/* cert-manager writes the authority into configurations that carry this. */}}
{{- define "portcullis.injection" -}}
{{- if eq .Values.certificates.mode "cert-manager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "portcullis.fullname" . }}
{{- end }}
{{- end }}
