//! What identifies a finding from run to run.

use crate::model::Finding;

/// A hash of rule, object, direction, key and field, written as 16 hexadecimal digits.
///
/// Lines and list positions do not take part: a finding stays the same when something is inserted above it.
pub(super) fn fingerprint(finding: &Finding) -> String {
    let subject = finding.subject.as_ref();
    let kind = subject.map_or("", |subject| subject.kind.name());
    let namespace = subject.and_then(|subject| subject.namespace.as_deref());
    let direction = finding.direction.map(|direction| direction.to_string()).unwrap_or_default();
    let fields = finding.path.split('/').map(|segment| {
        let is_position = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        if is_position { "*" } else { segment }
    });
    let parts = [
        finding.rule.name,
        kind,
        namespace.unwrap_or_default(),
        finding.subject_name(),
        &direction,
        &finding.key,
    ];
    of(parts.into_iter().chain(fields))
}

/// A hash of these texts, written as 16 hexadecimal digits.
pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let hash = texts.fold(OFFSET, |hash, text| fnv(fnv(hash, text.as_bytes()), &[0]));
    format!("{hash:016x}")
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a, 64 bits: fixed for ever, unlike the hashes of the standard library.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::{OFFSET, fnv};

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(OFFSET, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(OFFSET, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(OFFSET, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
