//! From a verdict to the answer.

use serde::Deserialize;

use crate::engine::Verdict;
use crate::model::{Finding, Mode, RuleLevel};
use crate::netpol::{Direction, Level};

use super::{
    Annotation, Answer, Cause, Denial, Details, Envelope, Outcome, Reason, effect, message,
};

/// What a refusal for want of a right is called, where findings have the name of their rule.
const LOOSENING: &str = "loosening";

impl Answer {
    /// The answer that `verdict` gives to the request of `envelope`.
    ///
    /// All findings are in this one response, because the API server shows only one denial of several webhooks; and in
    /// the message, because kubectl shows nothing else.
    pub fn of(envelope: &Envelope<'_>, verdict: &Verdict) -> Self {
        let mut answer = Self::allow(envelope.uid.as_ref());
        // The mode audit tells nobody anything: its findings have no warnings among them, so the notes go too.
        let notes = verdict.notes.iter().filter(|_| verdict.mode != Mode::Audit).cloned();
        answer.warnings = verdict.warnings().map(line).chain(notes).collect();
        answer.warnings.extend(effect::lines(&verdict.effect));
        if verdict.is_effect_unknown {
            answer.warnings.push(effect::TOO_MUCH.to_owned());
        }
        if verdict.is_denied() {
            answer.outcome = Outcome::Deny(denial(envelope, verdict));
        }
        let decision = match (verdict.is_denied(), answer.warnings.is_empty()) {
            (true, _) => "deny",
            (false, false) => "warn",
            (false, true) => "allow",
        };
        answer.annotations.insert(Annotation::Decision, decision.to_owned());
        answer.annotations.insert(Annotation::Mode, verdict.mode.name().to_owned());
        if !verdict.findings.is_empty() {
            answer.annotations.insert(Annotation::Rules, rules(verdict));
        }
        if let Some(levels) = verdict.coverage {
            answer.annotations.insert(Annotation::Coverage, coverage(levels));
        }
        answer
    }
}

fn denial(envelope: &Envelope<'_>, verdict: &Verdict) -> Denial {
    let refusals = verdict.refusals.iter().map(|refusal| format!("{LOOSENING}: {refusal}"));
    let lines: Vec<String> = verdict.denials().map(line).chain(refusals).collect();
    let worst = verdict.denials().next();
    let fix = worst.and_then(|finding| finding.fix.as_ref()).map(crate::model::Fix::to_yaml);
    let more = match (worst, &envelope.namespace) {
        (Some(finding), _) => format!("portcullis explain {}", finding.rule.name),
        (None, home) => {
            format!("kubectl auth can-i exempt namespaces.portcullis.dev/{home} -n {home}")
        }
    };
    Denial {
        reason: Reason::Forbidden,
        message: message(&lines, fix.as_deref(), &more),
        details: details(envelope, verdict),
    }
}

fn details(envelope: &Envelope<'_>, verdict: &Verdict) -> Details {
    let identity = identity(envelope);
    let named = Some(envelope.name.to_string()).filter(|name| !name.is_empty());
    Details {
        name: named.unwrap_or(identity.name),
        group: envelope.kind.group.to_string(),
        kind: envelope.kind.kind.to_string(),
        uid: identity.uid,
        causes: verdict
            .findings
            .iter()
            .map(cause)
            .chain(verdict.refusals.iter().map(|refusal| refused(refusal)))
            .collect(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Identity {
    name: String,
    uid: String,
}

/// Name and uid as the object has them: the review of a collection's deletion names nothing.
fn identity(envelope: &Envelope<'_>) -> Identity {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Named {
        metadata: Identity,
    }
    let raw = envelope.object.or(envelope.old_object);
    let named = raw.and_then(|raw| serde_json::from_str::<Named>(raw.get()).ok());
    named.unwrap_or_default().metadata
}

fn line(finding: &Finding) -> String {
    let already = if finding.existing { " (already there)" } else { "" };
    format!("{}{already}: {}", finding.rule.name, finding.message)
}

fn cause(finding: &Finding) -> Cause {
    Cause {
        rule: finding.rule.name.to_owned(),
        field: finding.path.clone(),
        message: finding.message.clone(),
    }
}

fn refused(refusal: &str) -> Cause {
    Cause { rule: LOOSENING.to_owned(), field: "/metadata".to_owned(), message: refusal.to_owned() }
}

/// Each rule once, with its highest level: findings come worst first.
fn rules(verdict: &Verdict) -> String {
    let mut named: Vec<(&str, RuleLevel)> = Vec::new();
    for finding in &verdict.findings {
        if !named.iter().any(|(name, _)| *name == finding.rule.name) {
            named.push((finding.rule.name, finding.level));
        }
    }
    let texts: Vec<String> = named.iter().map(|(name, level)| format!("{name}={level}")).collect();
    texts.join(",")
}

fn coverage(levels: [Level; 2]) -> String {
    let texts: Vec<String> = Direction::BOTH
        .iter()
        .zip(levels)
        .map(|(direction, level)| format!("{direction}={}", level.name()))
        .collect();
    texts.join(",")
}
