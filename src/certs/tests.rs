use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{AUTHORITY_LIFE, Authority, CertificateError, LEAF_LIFE, PairPaths, ensure};

fn names() -> Vec<String> {
    ["portcullis.portcullis.svc", "127.0.0.1", "::1"].map(String::from).to_vec()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

fn made(directory: &Path, at: OffsetDateTime) -> Authority {
    ensure(directory, &names(), at).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test looks at the files it made")]
fn contents(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_pair_is_made_and_keys_are_private() {
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("certs");
    let authority = made(&directory, now());
    let loaded = authority.pair.load().unwrap();
    assert_eq!(loaded.not_after, now() + LEAF_LIFE);
    assert_eq!(loaded.certified.cert.len(), 1);
    for (file, mode) in
        [("ca.key", 0o600), ("tls.key", 0o600), ("ca.crt", 0o644), ("tls.crt", 0o644)]
    {
        let metadata = fs::metadata(directory.join(file)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{file}");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 4, "nothing is left behind");
}

#[test]
fn what_is_good_is_kept_and_what_is_old_is_renewed() {
    let directory = TempDir::new().unwrap();
    let authority = made(directory.path(), now());
    let read = || (contents(&authority.certificate), contents(&authority.pair.certificate));
    let (first_ca, first_leaf) = read();

    made(directory.path(), now() + Duration::days(4));
    assert_eq!(read(), (first_ca.clone(), first_leaf.clone()));

    made(directory.path(), now() + Duration::days(5));
    let (ca, leaf) = read();
    assert_eq!(ca, first_ca, "two thirds of the leaf's life are over, not of the authority's");
    assert_ne!(leaf, first_leaf);

    let late = now() + AUTHORITY_LIFE * 2 / 3 + Duration::hours(1);
    made(directory.path(), late);
    assert_ne!(read().0, first_ca);
    assert_eq!(authority.pair.load().unwrap().not_after, late + LEAF_LIFE);
}

#[test]
fn other_names_need_another_leaf() {
    let directory = TempDir::new().unwrap();
    let authority = made(directory.path(), now());
    let first = contents(&authority.pair.certificate);
    let mut same = names();
    same.reverse();
    same[0] = "0:0::1".to_owned();
    ensure(directory.path(), &same, now()).unwrap();
    assert_eq!(contents(&authority.pair.certificate), first, "the same names otherwise written");
    ensure(directory.path(), &names()[..1], now()).unwrap();
    assert_ne!(contents(&authority.pair.certificate), first);
}

#[test]
fn a_broken_file_is_made_anew() {
    let directory = TempDir::new().unwrap();
    let authority = made(directory.path(), now());
    fs::write(&authority.pair.key, "broken").unwrap();
    made(directory.path(), now());
    authority.pair.load().unwrap();
    fs::remove_file(directory.path().join("ca.key")).unwrap();
    made(directory.path(), now());
    authority.pair.load().unwrap();
}

#[test]
fn an_interrupted_renewal_is_finished() {
    let (directory, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let authority = made(directory.path(), now());
    made(other.path(), now());
    let copy = |file: &str| {
        fs::copy(other.path().join(file), directory.path().join(file)).unwrap();
    };
    let read = || (contents(&authority.certificate), contents(&authority.pair.certificate));

    // The authority is new, the leaf is still the old one's.
    let (_, old_leaf) = read();
    copy("ca.key");
    copy("ca.crt");
    made(directory.path(), now());
    assert_eq!(read().0, contents(&other.path().join("ca.crt")));
    assert_ne!(read().1, old_leaf);

    // The authority's key is new, its certificate is not.
    let (old_authority, old_leaf) = read();
    let third = TempDir::new().unwrap();
    made(third.path(), now());
    fs::copy(third.path().join("ca.key"), directory.path().join("ca.key")).unwrap();
    made(directory.path(), now());
    assert_ne!(read().0, old_authority);
    assert_ne!(read().1, old_leaf);
}

#[test]
fn errors_name_the_file_and_the_fault() {
    let directory = TempDir::new().unwrap();
    let authority = made(directory.path(), now());
    let pair = &authority.pair;
    let with = |certificate: &Path, key: &Path| {
        let paths = PairPaths { certificate: certificate.to_owned(), key: key.to_owned() };
        paths.load().unwrap_err()
    };
    let written = |name: &str, content: &str| {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };

    let missing = with(&directory.path().join("none"), &pair.key);
    assert!(
        matches!(missing, CertificateError::Read { .. }) && missing.to_string().contains("none")
    );
    let empty = with(&written("empty", ""), &pair.key);
    assert!(matches!(empty, CertificateError::NoCertificate { .. }), "{empty}");
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let garbage = with(&written("garbage", garbage), &pair.key);
    assert!(matches!(garbage, CertificateError::Certificate { .. }), "{garbage}");
    let no_key = with(&pair.certificate, &pair.certificate);
    assert!(matches!(no_key, CertificateError::Key { .. }), "{no_key}");
    let other = with(&pair.certificate, &directory.path().join("ca.key"));
    assert!(matches!(other, CertificateError::Mismatch { .. }), "{other}");
    assert!(other.to_string().contains("does not belong"), "{other}");
}
