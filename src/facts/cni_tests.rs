//! Network plugins as clusters show them.

use crate::model::Settings;
use crate::sample::{live, settings, world};

use super::{Cni, Dnat, Enforces, Engine, Plugin, cni, network, ranges};

fn found(parts: &[&str]) -> Cni {
    cni(&live(&parts.join("\n---\n")), &Settings::default())
}

fn daemon_set(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: {name}, namespace: kube-system}}, spec: {{template: {{spec: {spec}}}}}}}"
    )
}

fn agent(name: &str, container: &str) -> String {
    daemon_set(name, &format!("{{containers: [{container}]}}"))
}

fn config(name: &str, data: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: kube-system}}, data: {data}}}"
    )
}

fn node(name: &str, meta: &str, kubelet: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Node, metadata: {{name: {name}, {meta}}}, spec: {{podCIDR: 10.244.0.0/24}}, status: {{nodeInfo: {{kubeletVersion: {kubelet}}}, addresses: [{{type: InternalIP, address: 192.0.2.10}}]}}}}"
    )
}

const CILIUM: &str = "{name: cilium-agent, image: 'quay.io/cilium/cilium:v1.16.4@sha256:12'}";
const AWS_ON: &str = "{name: aws-node, image: 'x/amazon-k8s-cni:v1.20.0'}, {name: aws-eks-nodeagent, image: 'x/amazon/aws-network-policy-agent:v1.2', args: [--enable-network-policy=true]}";

/// What is there, which plugin that is, whether it enforces.
type Case<'a> = (Vec<&'a str>, Option<Plugin>, Enforces);

fn check(cases: Vec<Case<'_>>) {
    for (parts, plugin, enforces) in cases {
        let cni = found(&parts);
        assert_eq!((cni.plugin, cni.enforces), (plugin, enforces), "{parts:?}\n{cni:?}");
        assert_eq!(cni.evidence.is_empty(), plugin.is_none(), "{parts:?}");
    }
}

#[test]
fn plugins_are_told_by_what_runs() {
    let calico =
        agent("calico-node", "{name: calico-node, image: 'mirror.example/calico/node:v3.30.1'}");
    let canal = agent(
        "rke2-canal",
        "{name: calico-node, image: 'rancher/hardened-calico:v3.30.1'}, {name: kube-flannel, image: 'rancher/hardened-flannel:v0.27'}",
    );
    let flannel = agent(
        "kube-flannel-ds",
        "{name: kube-flannel, image: 'ghcr.io/flannel-io/flannel:v0.27.3'}",
    );
    let flannel_and_policies = agent(
        "kube-flannel-ds",
        "{name: kube-flannel, image: 'ghcr.io/flannel-io/flannel:v0.27.3'}, {name: p, image: 'registry.k8s.io/networking/kube-network-policies:v0.9'}",
    );
    let cilium = agent("cilium", CILIUM);
    let (yes, no, unknown) = (Enforces::Yes, Enforces::No, Enforces::Unknown);
    check(vec![
        (vec![], None, unknown),
        (vec![&calico], Some(Plugin::Calico), yes),
        (vec![&canal], Some(Plugin::Canal), yes),
        (vec![&flannel], Some(Plugin::Flannel), no),
        (vec![&flannel_and_policies], Some(Plugin::Flannel), yes),
        (vec![&flannel, &calico], Some(Plugin::Calico), yes),
        (vec![&cilium], Some(Plugin::Cilium), unknown),
    ]);
}

#[test]
fn arguments_images_and_variables_switch_plugins_on_and_off() {
    let aws = agent("aws-node", AWS_ON);
    let aws_off = aws.replace("=true", "=false");
    let kindnet = agent(
        "kindnet",
        "{name: kindnet-cni, image: 'docker.io/kindest/kindnetd:v20241108-5c6d2daf'}",
    );
    let old_kindnet = kindnet.replace("v20241108", "v20230511");
    let router = agent(
        "kube-router",
        "{name: kube-router, image: cloudnativelabs/kube-router, args: [--run-router=true, --run-firewall=true]}",
    );
    let idle_router = router.replace("firewall=true", "firewall=false");
    let weave = agent(
        "weave-net",
        "{name: weave, image: 'x/weave-kube:2.8'}, {name: weave-npc, image: 'x/weave-npc:2.8'}",
    );
    let idle_weave =
        weave.replace("{name: weave,", "{name: weave, env: [{name: EXPECT_NPC, value: '0'}],");
    let on = config("amazon-vpc-cni", "{enable-network-policy-controller: 'true'}");
    let auto = node("a", "labels: {eks.amazonaws.com/compute-type: auto}", "v1.33.1-eks-1");
    let flannel = agent("kube-flannel-ds", "{name: kube-flannel}");
    let (yes, no, unknown) = (Enforces::Yes, Enforces::No, Enforces::Unknown);
    check(vec![
        (vec![&aws], Some(Plugin::AwsVpcCni), unknown),
        (vec![&aws, &on], Some(Plugin::AwsVpcCni), yes),
        (vec![&aws_off, &on], Some(Plugin::AwsVpcCni), no),
        (vec![&auto, &on], Some(Plugin::AwsVpcCni), yes),
        (vec![&auto], Some(Plugin::AwsVpcCni), unknown),
        (vec![&kindnet], Some(Plugin::Kindnet), yes),
        (vec![&old_kindnet], Some(Plugin::Kindnet), unknown),
        (vec![&router], Some(Plugin::KubeRouter), yes),
        (vec![&idle_router, &flannel], Some(Plugin::Flannel), no),
        (vec![&weave], Some(Plugin::Weave), yes),
        (vec![&idle_weave], Some(Plugin::Weave), no),
    ]);
}

#[test]
fn the_servers_of_k3s_tell_by_their_arguments() {
    let k3s = |args: &str| {
        let meta = format!(
            "labels: {{node-role.kubernetes.io/control-plane: 'true'}}, annotations: {{k3s.io/node-args: '{args}'}}"
        );
        node("a", &meta, "v1.33.4+k3s1")
    };
    let (yes, no, unknown) = (Enforces::Yes, Enforces::No, Enforces::Unknown);
    for (args, enforces) in [
        (r#"["server"]"#, yes),
        (r#"["server","--disable-network-policy"]"#, no),
        (r#"["server","--disable-network-policy","true"]"#, no),
        (r#"["server","--disable-network-policy","false"]"#, yes),
        ("nonsense", unknown),
    ] {
        let cni = found(&[&k3s(args)]);
        assert_eq!((cni.plugin, cni.enforces), (Some(Plugin::K3s), enforces), "{args}");
    }
}

#[test]
fn the_configuration_of_cilium_decides() {
    let cilium = agent("cilium", CILIUM);
    for (data, enforces) in [
        ("{enable-policy: default}", Enforces::Yes),
        ("{enable-policy: always}", Enforces::Yes),
        ("{enable-policy: never}", Enforces::No),
        ("{enable-k8s-networkpolicy: 'false'}", Enforces::No),
        ("{policy-audit-mode: 'true'}", Enforces::No),
        ("{policy-audit-mode: 'false'}", Enforces::Yes),
    ] {
        assert_eq!(found(&[&cilium, &config("cilium-config", data)]).enforces, enforces, "{data}");
    }
    let modes = config("cilium-config", "{policy-cidr-match-mode: nodes, enable-policy: always}");
    let features = found(&[&cilium, &modes]).features;
    assert_eq!(features.blocks_match_nodes, Some(true));
    assert_eq!(features.isolates_always, Some(true));
    assert_eq!((features.end_port, features.sctp), (Some(false), Some(false)));
    let newer = CILIUM.replace("1.16", "1.17");
    assert_eq!(found(&[&agent("cilium", &newer)]).features.end_port, Some(true));
    assert_eq!(
        found(&[&agent("anetd", "{name: cilium-agent, image: gke.gcr.io/x}")]).features.end_port,
        None
    );
}

#[test]
fn cilium_that_enforces_nothing_implements_no_policies_of_its_own() {
    let with = |data: &str| {
        let cni = found(&[&agent("cilium", CILIUM), &config("cilium-config", data)]);
        (cni.implements(Engine::Cilium), cni.features.isolates_always)
    };
    let (yes, no) = (Some(true), Some(false));
    for (data, expected) in [
        ("{}", (yes, no)),
        ("{enable-policy: Always}", (yes, yes)),
        ("{enable-policy: never}", (no, no)),
        ("{policy-audit-mode: 'true', enable-policy: always}", (no, no)),
        ("{enable-k8s-networkpolicy: 'false', enable-policy: always}", (yes, yes)),
    ] {
        assert_eq!(with(data), expected, "{data}");
    }
    let never = found(&[
        &agent("cilium", CILIUM),
        &config("cilium-config", "{enable-policy: never}"),
        &agent("calico-node", "{name: calico-node, image: 'calico/node:v3.30.1'}"),
    ]);
    assert_eq!(never.implements(Engine::Cilium), no);
    assert_eq!((never.plugin, never.enforces), (Some(Plugin::Calico), Enforces::Yes));
}

#[test]
fn one_plugin_that_isolates_always_is_enough_where_it_runs_everywhere() {
    let always = config("cilium-config", "{enable-policy: always}");
    let cilium = agent("cilium", CILIUM);
    let npm = agent("azure-npm", "{name: azure-npm, image: x/azure-npm}");
    assert_eq!(found(&[&cilium, &always, &npm]).features.isolates_always, Some(true));
    assert_eq!(found(&[&npm, &always]).features.isolates_always, None);
    let nodes =
        [node("a", "labels: {pool: a}", "v1.33.1"), node("b", "labels: {pool: b}", "v1.33.1")];
    let some =
        daemon_set("cilium", &format!("{{nodeSelector: {{pool: a}}, containers: [{CILIUM}]}}"));
    let partial = found(&[&some, &always, &nodes[0], &nodes[1]]);
    assert_eq!(partial.features.isolates_always, None);
}

#[test]
fn what_runs_nowhere_proves_nothing_and_what_runs_on_some_nodes_not_enough() {
    let here = |selector: &str| {
        daemon_set(
            "calico-node",
            &format!("{{nodeSelector: {selector}, containers: [{{name: calico-node}}]}}"),
        )
    };
    let nodes =
        [node("a", "labels: {pool: a}", "v1.33.1"), node("b", "labels: {pool: b}", "v1.33.1")];
    let on = |selector: &str| found(&[&here(selector), &nodes[0], &nodes[1]]);
    assert_eq!(on("{kubernetes.io/os: linux}").enforces, Enforces::Yes);
    assert_eq!(on("{pool: a}").enforces, Enforces::Unknown);
    assert_eq!(on("{non-existing: 'true'}"), Cni::default());
    assert_eq!(found(&[&here("{pool: a}")]).enforces, Enforces::Unknown);
    let leftover = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: x}, spec: {group: crd.projectcalico.org}}";
    assert_eq!(found(&[leftover]), Cni::default());
    assert_eq!(found(&[leftover]).implements(Engine::Calico), None);
}

#[test]
fn only_agents_that_run_implement_their_policies() {
    let calico =
        found(&[&agent("calico-node", "{name: calico-node, image: 'calico/node:v3.30.1'}")]);
    assert_eq!(calico.implements(Engine::Calico), Some(true));
    assert_eq!(calico.implements(Engine::Cilium), Some(false));
    assert_eq!(calico.implements(Engine::AdminNetworkPolicy), Some(true));
    assert_eq!(calico.implements(Engine::ClusterNetworkPolicy), Some(false));
    let aws = agent("aws-node", AWS_ON);
    let both = found(&[
        &aws,
        &config("amazon-vpc-cni", "{enable-network-policy-controller: 'true'}"),
        &agent("calico-node", "{name: calico-node, image: 'calico/node:v3.30.1'}"),
    ]);
    assert_eq!(both.enforcing, [Plugin::AwsVpcCni, Plugin::Calico]);
    assert_eq!(both.features.dnat, None, "the two differ");
    assert_eq!(found(&[&aws]).features.dnat, Some(Dnat::Before));
}

#[test]
fn a_statement_counts_where_nothing_runs() {
    let stated = settings("facts: {cni: {name: cilium, version: '1.16', enforces: yes}}");
    let said = cni(&world(""), &stated);
    assert_eq!((said.plugin, said.enforces), (Some(Plugin::Cilium), Enforces::Yes));
    assert_eq!(said.features.end_port, Some(false));
    assert_eq!(network(&world(""), &stated).blocks_match_pods, Some(false));
    let calico = world(&agent("calico-node", "{name: calico-node}"));
    assert_eq!(cni(&calico, &stated).plugin, Some(Plugin::Calico));
}

#[test]
fn a_world_that_changes_is_looked_at_anew() {
    let settings = Settings::default();
    let mut world = live(&agent("kube-flannel-ds", "{name: kube-flannel}"));
    assert_eq!(cni(&world, &settings).plugin, Some(Plugin::Flannel));
    let before = world.clone();
    let calico = crate::sample::one(&agent("calico-node", "{name: calico-node}"));
    world.put(calico.clone());
    assert_eq!(cni(&world, &settings).plugin, Some(Plugin::Calico));
    assert_eq!(cni(&before, &settings).plugin, Some(Plugin::Flannel));
    world.remove(&calico.reference());
    assert_eq!(cni(&world, &settings).plugin, Some(Plugin::Flannel));
    assert_eq!(world, before);
}

#[test]
fn ranges_are_those_of_nodes_where_the_plugin_takes_them_from_there() {
    let node = node("a", "labels: {}", "v1.33.1");
    let cidr = "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: kubernetes}, spec: {cidrs: [10.96.0.0/16]}}";
    let blocks = |agent: &str| {
        let world = live(&[agent, &node, cidr].join("\n---\n"));
        let ranges = ranges(&world, &Settings::default());
        [ranges.pods, ranges.services, ranges.nodes]
            .map(|set| set.blocks().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let flannel = agent("kube-flannel-ds", "{name: kube-flannel}");
    assert_eq!(blocks(&flannel), ["10.244.0.0/24", "10.96.0.0/16", "192.0.2.10/32"]);
    assert_eq!(blocks(&agent("cilium", CILIUM))[0], "");
    let stated = settings(
        "facts: {ranges: {pods: [10.1.0.0/16], nodes: [192.0.2.0/24]}, families: [IPv4, IPv6]}",
    );
    let network = network(&world(""), &stated);
    assert!(network.families.v4 && network.families.v6);
    assert_eq!(network.pods.unwrap().blocks()[0].to_string(), "10.1.0.0/16");
    assert_eq!(network.api_server, None);
}
