//! Templates that would take the default-deny away are refused when the settings are read.

use thiserror::Error;

use crate::model::{BuiltIn, Governance, OwnTemplate, Settings, Template};
use crate::netpol::{Direction, Families, Labels, PolicySpec, PolicyTypes, Selector};

use super::desired::{explicit, opened};
use super::manifest::DesiredPolicy;

/// Why the templates of the settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// No namespace would ever get it.
    #[error(
        "controller.templates: {name}: its namespaceSelector contradicts itself, so no namespace gets it; mend or delete it"
    )]
    ForNobody {
        /// The template.
        name: String,
    },
    /// In a namespace that has them, everything is allowed to every pod.
    #[error(
        "controller.templates: {}: with it every pod may have every {direction}, as if there were no default-deny; narrow what it \
         allows, or the pods that it selects",
        names.join(" together with ")
    )]
    Opens {
        /// The templates, none of which could be left out.
        names: Vec<String>,
        /// The direction that is open then.
        direction: Direction,
    },
    /// `strict` lets nobody in to every pod.
    #[error(
        "controller.templates: {name}: it lets somebody in to every pod, and `strict: true` allows that to none; select the pods that need it"
    )]
    Strict {
        /// The template.
        name: String,
    },
}

/// The closest profile: what holds for it holds for those that close less.
const CLOSED: PolicyTypes = PolicyTypes { ingress: true, egress: true };

/// Whether every namespace reaches its profile with any of the settings' templates that it can get.
///
/// What built-in ones allow is only known of a cluster; there [`desired`](super::desired()) leaves out what would go too far.
pub fn check(settings: &Settings) -> Result<(), TemplateError> {
    let governance = Governance::of(settings, "", &Labels::default());
    let mut own: Vec<Candidate<'_>> = Vec::new();
    for template in &settings.controller.templates {
        match template {
            Template::BuiltIn(built_in) if settings.strict && *built_in != BuiltIn::AllowDns => {
                return Err(TemplateError::Strict { name: built_in.name().to_owned() });
            }
            Template::BuiltIn(_) => {}
            Template::Own(template) => own.extend(Candidate::of(template)?),
        }
    }
    for candidate in &own {
        refused(&[candidate], &governance)?;
    }
    let mut together: Vec<&Candidate<'_>> = own.iter().collect();
    if refused(&together, &governance).is_err() {
        // Whoever is not needed for it is not to blame.
        for candidate in &own {
            let others: Vec<&Candidate<'_>> =
                together.iter().copied().filter(|other| !std::ptr::eq(*other, candidate)).collect();
            if refused(&others, &governance).is_err() {
                together = others;
            }
        }
        let all = together.iter().fold(Selector::default(), |all, it| all.and(&it.namespaces));
        if all.is_satisfiable() != Some(false) {
            return refused(&together, &governance);
        }
    }
    Ok(())
}

/// An own template as a policy.
struct Candidate<'a> {
    name: &'a str,
    namespaces: Selector,
    spec: PolicySpec,
}

impl<'a> Candidate<'a> {
    fn of(template: &'a OwnTemplate) -> Result<Option<Self>, TemplateError> {
        let (name, namespaces) = (template.name.as_str(), template.selector());
        if namespaces.is_satisfiable() == Some(false) {
            return Err(TemplateError::ForNobody { name: name.to_owned() });
        }
        let Some(types) = template.policy().map(|policy| policy.types) else { return Ok(None) };
        let policy = DesiredPolicy { template: name.to_owned(), spec: explicit(template, types) };
        Ok(policy.read().map(|spec| Self { name, namespaces, spec }))
    }
}

/// Refuses templates that open, together, what the default-deny closes, in a cluster of either family.
fn refused(candidates: &[&Candidate<'_>], governance: &Governance) -> Result<(), TemplateError> {
    let default_deny = DesiredPolicy::default_deny(CLOSED).read();
    let specs: Vec<PolicySpec> =
        default_deny.into_iter().chain(candidates.iter().map(|it| it.spec.clone())).collect();
    let Some(direction) = opened(&specs, CLOSED, governance, Families::DUAL) else { return Ok(()) };
    let names: Vec<String> = candidates.iter().map(|it| it.name.to_owned()).collect();
    let is_strict = governance.required_level(direction) > crate::netpol::Level::Isolated;
    Err(match names.as_slice() {
        [name] if is_strict => TemplateError::Strict { name: name.clone() },
        _ => TemplateError::Opens { names, direction },
    })
}
