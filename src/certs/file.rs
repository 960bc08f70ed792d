//! Files replaced whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::CertificateError;

/// Readable by everybody: certificates.
pub(super) const PUBLIC: u32 = 0o644;
/// Readable by the owner only: keys.
pub(super) const PRIVATE: u32 = 0o600;

#[expect(clippy::disallowed_methods, reason = "certificate files are read here and nowhere else")]
pub(super) fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Read { path: path.to_owned(), source })
}

/// Writes `content` beside `path` and renames it, so that a reader sees the old file or the new one.
pub(super) fn write(path: &Path, content: &str, mode: u32) -> Result<(), CertificateError> {
    replace(path, content, mode)
        .map_err(|source| CertificateError::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(directory)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = directory.join(name);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The mode is given at creation: there is no moment at which a key is readable by others.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(directory)?.sync_all()
}
