//! The file of users on disk: read whole, written whole.
//!
//! A change is made under a lock, to a copy that then takes the file's place, so that a reader sees the file before the
//! change or after it, and so does the system when it comes back from a loss of power.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// The file's text; empty if there is no file. Whoever may write to it can sign in as everybody, so that a file which all
/// users of the machine may write to is refused.
pub fn read(path: &Path) -> io::Result<String> {
    match check(path).and_then(|()| fs::read_to_string(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        other => other,
    }
}

/// Before it is opened: to open a pipe can take for ever.
fn check(path: &Path) -> io::Result<()> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&about) & 0o002 != 0 {
        let message = "everybody on this machine may write to it; end that with chmod o-w";
        return Err(io::Error::new(ErrorKind::PermissionDenied, message));
    }
    Ok(())
}

/// Gives the file's text to `change`, and writes what it makes of it. One change at a time, over all processes.
pub fn edit<E: From<io::Error>>(
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, E>,
) -> Result<(), E> {
    let path = &resolve(path)?;
    let beside_it = beside(path, "lock");
    if fs::metadata(&beside_it).is_ok_and(|about| !about.is_file()) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "its lock is not a regular file").into());
    }
    let lock = private().create(true).truncate(false).open(beside_it)?;
    // Of somebody else's lock, it has been done.
    let _ = inherit(path, &lock);
    lock.lock()?;
    let text = change(&read(path)?)?;
    replace(path, &text)?;
    Ok(())
}

/// Where the text is. A link stays one, also where what it leads to is still to be made: that is written.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    // As many as the system follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("/")).join(to),
            Err(_) => break,
        }
    }
    Ok(path)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let next = beside(path, "new");
    // Left by a process that was killed half-way.
    if let Err(error) = fs::remove_file(&next)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = private().create_new(true).open(&next)?;
    inherit(path, &file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    // The new name is in the directory, which is on disk only after this. Not every system can do it.
    if let Ok(folder) = File::open(path.parent().unwrap_or(Path::new("/"))) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// `users` → `users.lock`, in the same directory: a rename works within one only.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Options for a file that only its owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Gives a new file the owner of the one that it replaces, and its group's permissions: the server may run as another
/// user than the operator who changes a password.
#[cfg(unix)]
fn inherit(from: &Path, to: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Ok(old) = fs::metadata(from) else { return Ok(()) };
    let new = to.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(to, Some(old.uid()), Some(old.gid()))?;
    }
    to.set_permissions(Permissions::from_mode(0o600 | (old.mode() & 0o060)))
}

#[cfg(not(unix))]
fn inherit(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}
