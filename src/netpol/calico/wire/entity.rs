//! `source` and `destination` of a rule.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::port::{self, WirePort};
use super::{Notes, is_written};
use crate::netpol::AddressSet;
use crate::netpol::calico::labels::{OF_NAMESPACE, OF_SERVICE_ACCOUNT, SERVICE_ACCOUNT};
use crate::netpol::calico::{Entity, Expression, read_nets};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireEntity {
    nets: Option<Vec<Option<String>>>,
    not_nets: Option<Vec<Option<String>>>,
    selector: Option<String>,
    not_selector: Option<String>,
    namespace_selector: Option<String>,
    service_accounts: Option<WireServiceAccounts>,
    services: Option<IgnoredAny>,
    /// Of Calico Enterprise.
    domains: Option<Vec<IgnoredAny>>,
    ports: Option<Vec<Option<WirePort>>>,
    not_ports: Option<Vec<Option<WirePort>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireServiceAccounts {
    names: Option<Vec<String>>,
    selector: Option<String>,
}

impl WireEntity {
    /// What it says, and whether something that the model does not know narrows it.
    pub(super) fn read(self, field: &str, notes: &mut Notes) -> (Entity, bool) {
        let mut selector = |name: &str, text: Option<&String>| {
            let field = format!("{field}.{name}");
            is_written(text).then(|| notes.selector(&field, text.map(String::as_str)))
        };
        let namespaces = selector("namespaceSelector", self.namespace_selector.as_ref());
        let own = selector("selector", self.selector.as_ref());
        let not_selector = selector("notSelector", self.not_selector.as_ref());
        let accounts = self.service_accounts.unwrap_or_default();
        let of_accounts = selector("serviceAccounts.selector", accounts.selector.as_ref());
        let nets = addresses(&format!("{field}.nets"), self.nets, notes);
        let not_nets = addresses(&format!("{field}.notNets"), self.not_nets, notes);
        let is_narrowed = self.services.is_some()
            || self.domains.is_some_and(|domains| !domains.is_empty())
            || nets.is_err()
            || not_nets.is_err();
        let entity = Entity {
            selector: own,
            // The prefix first: it must not go before the label that all() becomes.
            namespaces: namespaces.map(|one| one.prefixed(OF_NAMESPACE).of_namespaces()),
            service_accounts: service_accounts(accounts.names.unwrap_or_default(), of_accounts),
            not_selector,
            nets: nets.unwrap_or_default(),
            not_nets: not_nets.unwrap_or_default(),
            ports: port::read(&format!("{field}.ports"), self.ports, notes),
            not_ports: port::read(&format!("{field}.notPorts"), self.not_ports, notes),
        };
        (entity, is_narrowed)
    }
}

/// Names and labels both count (`parseServiceAccounts`).
fn service_accounts(names: Vec<String>, selector: Option<Expression>) -> Option<Expression> {
    let selector = selector.map(|selector| selector.prefixed(OF_SERVICE_ACCOUNT));
    if names.is_empty() {
        return selector;
    }
    let one_of = Expression::In(SERVICE_ACCOUNT.to_owned(), names.into_iter().collect());
    Some(match selector {
        Some(selector) => Expression::And(vec![selector, one_of]),
        None => one_of,
    })
}

/// A part of the addresses cannot be read.
struct Incomplete;

/// The addresses of a list; `None` without one.
fn addresses(
    field: &str,
    nets: Option<Vec<Option<String>>>,
    notes: &mut Notes,
) -> Result<Option<AddressSet>, Incomplete> {
    let nets = nets.unwrap_or_default();
    if nets.is_empty() {
        return Ok(None);
    }
    let nets: Option<Vec<String>> = nets.into_iter().collect();
    let addresses = nets.and_then(|nets| read_nets(&nets));
    addresses.map(Some).ok_or_else(|| {
        notes.add(field, "a net is a range like 10.9.8.0/24, or one address");
        Incomplete
    })
}
