//! Port entries (`ValidateNetworkPolicyPort`).

use super::Invalid;
use super::place::Place;
use crate::netpol::{Protocol, is_port_name};

pub(super) fn check(entry: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !entry.is_map(invalid) {
        return;
    }
    check_protocol(&entry.child("protocol"), invalid);
    let (port, end) = (entry.child("port"), entry.child("endPort"));
    let last = end.integer(invalid);
    if port.is_text() {
        check_name(&port, invalid);
        if last.is_some() {
            end.refuse("needs a number in `port`; a range of names does not exist", invalid);
        }
    } else if port.is_missing() {
        if last.is_some() {
            end.refuse("needs `port`, the first port of the range", invalid);
        }
    } else if let Some(first) = port.integer(invalid) {
        check_number(&port, first, invalid);
        if let Some(last) = last {
            if last < first {
                end.refuse(format!("is smaller than `port`; write {first} or more"), invalid);
            }
            check_number(&end, last, invalid);
        }
    }
}

fn check_protocol(protocol: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if let Some(name) = protocol.text(invalid)
        && !protocol.is_missing()
        && Protocol::named(name).is_none()
    {
        protocol.refuse(format!("`{name}` is no protocol; write TCP, UDP or SCTP"), invalid);
    }
}

fn check_number(place: &Place<'_>, number: i64, invalid: &mut Vec<Invalid>) {
    if !(1..=65535).contains(&number) {
        place.refuse(format!("{number} is no port; write a number from 1 to 65535"), invalid);
    }
}

fn check_name(port: &Place<'_>, invalid: &mut Vec<Invalid>) {
    let Some(name) = port.text(invalid) else { return };
    if name.parse::<u16>().is_ok() {
        port.refuse(
            format!(
                "`\"{name}\"` is a name that no port can have; write the number without quotes"
            ),
            invalid,
        );
    } else if !is_port_name(name) {
        port.refuse(
            format!(
                "`{name}` is no port name; write at most 15 lower-case letters, digits and single `-` inside, with a letter"
            ),
            invalid,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::validate;

    fn refused(entry: &Value) -> Vec<(String, String)> {
        let object = json!({"metadata": {"name": "p"}, "spec": {"egress": [{"ports": [entry]}]}});
        let short = |path: String| path.replace("/spec/egress/0/ports/0", "");
        validate(&object).into_iter().map(|invalid| (short(invalid.path), invalid.reason)).collect()
    }

    #[test]
    fn legal_entries_pass() {
        for entry in [
            json!(null),
            json!({}),
            json!({"protocol": null, "port": null, "endPort": null}),
            json!({"protocol": "SCTP"}),
            json!({"port": 1, "endPort": 65535, "protocol": "UDP"}),
            json!({"port": 80, "endPort": 80}),
            json!({"port": "http"}),
        ] {
            assert_eq!(refused(&entry), [], "{entry}");
        }
    }

    #[test]
    fn each_mistake_is_named_where_it_is() {
        for (entry, path, reason) in [
            (json!({"protocol": "ICMP"}), "/protocol", "write TCP, UDP or SCTP"),
            (json!({"protocol": ""}), "/protocol", "no protocol"),
            (json!({"protocol": 6}), "/protocol", "where text belongs"),
            (json!({"port": "80"}), "/port", "without quotes"),
            (json!({"port": ""}), "/port", "no port name"),
            (json!({"port": "HTTP"}), "/port", "lower-case"),
            (json!({"port": 0}), "/port", "from 1 to 65535"),
            (json!({"port": 70000}), "/port", "from 1 to 65535"),
            (json!({"port": 18_446_744_073_709_551_615_u64}), "/port", "from 1 to 65535"),
            (json!({"port": 80.5}), "/port", "no whole number"),
            (json!({"port": true}), "/port", "where a number belongs"),
            (json!({"port": 80, "endPort": 70}), "/endPort", "write 80 or more"),
            (json!({"port": 80, "endPort": 65536}), "/endPort", "from 1 to 65535"),
            (json!({"port": "http", "endPort": 90}), "/endPort", "needs a number"),
            (json!({"endPort": 90}), "/endPort", "needs `port`"),
            (json!({"port": 80, "endPort": "90"}), "/endPort", "where a number belongs"),
            (json!([80]), "", "where a map belongs"),
        ] {
            let refused = refused(&entry);
            assert!(
                matches!(&refused[..], [(at, why)] if at == path && why.contains(reason)),
                "{entry}: {refused:?}"
            );
        }
    }
}
