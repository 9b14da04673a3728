//! The users: a text file with a line `name:hash` for each.
//!
//! The file belongs to the operator, who may edit it by hand while the server runs: comments and blank lines stay where
//! they are, and what was changed counts within a second. A file that cannot be read as a whole changes nothing.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use argon2::PasswordHash;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use crate::{file, password, token::digest};

/// Longest name of a user, in characters.
const MAX_NAME: usize = 64;
/// How old what is known of the file may be.
const FRESH: Duration = Duration::from_secs(1);
/// Passwords that are checked at once. Each takes 19 MiB and a processor for some 20 ms.
const PARALLEL: usize = 4;
/// Passwords that may wait for their turn.
const QUEUE: usize = 16;

/// The file of users. Shared by all requests.
pub struct Users {
    path: PathBuf,
    complain: Box<dyn Fn(&UsersError) + Send + Sync>,
    seen: Mutex<Seen>,
    /// Whether there was ever a user since this was opened.
    had_some: AtomicBool,
    /// One place for each password that is checked or waits.
    places: Arc<Semaphore>,
    processors: Arc<Semaphore>,
    decoys: RandomState,
}

/// What is known of the file.
struct Seen {
    users: Arc<BTreeMap<String, User>>,
    /// The text that was read last, good or bad; `None` if it could not be read.
    text: Option<String>,
    at: Instant,
}

struct User {
    hash: PasswordHash,
    stamp: String,
}

/// Somebody who knows a user's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The user's name in lower case.
    pub name: String,
    /// Changes with the user's password. A session of another stamp is over.
    pub stamp: String,
}

/// As many passwords are being checked and waiting as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Users {
    /// Opens the file; it need not be there yet. From then on `complain` hears what is wrong with it, once each time.
    pub fn open(
        path: impl Into<PathBuf>,
        complain: impl Fn(&UsersError) + Send + Sync + 'static,
    ) -> Result<Self, UsersError> {
        let path = path.into();
        let text = read(&path)?;
        let seen = Seen { users: Arc::new(parse(&text)?), text: Some(text), at: Instant::now() };
        Ok(Self {
            path,
            complain: Box::new(complain),
            had_some: AtomicBool::new(!seen.users.is_empty()),
            seen: Mutex::new(seen),
            places: Arc::new(Semaphore::new(PARALLEL + QUEUE)),
            processors: Arc::new(Semaphore::new(PARALLEL)),
            decoys: RandomState::new(),
        })
    }

    /// True while there is no user at all.
    pub fn is_empty(&self) -> bool {
        self.current().is_empty()
    }

    /// True while no user was ever seen, not even one that is gone by now.
    pub(crate) fn are_new(&self) -> bool {
        self.is_empty() && !self.had_some.load(Ordering::Relaxed)
    }

    /// What is wrong with the file as it is now; its users may still be known from before.
    pub fn check(&self) -> Result<(), UsersError> {
        parse(&read(&self.path)?).map(drop)
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.current().keys().cloned().collect()
    }

    /// True if there is a user of this name; an error if there can be none.
    pub fn has(&self, name: &str) -> Result<bool, UsersError> {
        normal(name).map(|name| self.current().contains_key(&name)).ok_or(UsersError::Name)
    }

    /// True if the user is there and has this stamp. A file that says otherwise is read again first: another replica may
    /// have changed it a moment ago.
    pub fn knows(&self, name: &str, stamp: &str) -> bool {
        let has = |users: &BTreeMap<String, User>| users.get(name).is_some_and(|user| user.stamp == stamp);
        has(&self.current()) || has(&self.look(&mut self.lock()))
    }

    /// Checks a password. An unknown user takes the same time, and the same answer, as a wrong password: the hash of one
    /// of the users is computed all the same, always the same one for the same name.
    pub async fn verify(&self, name: &str, password: &str) -> Result<Option<Verified>, Busy> {
        Ok(self.verify_at(self.queue()?, name, password).await)
    }

    /// A place among the passwords that are checked or wait for it.
    pub(crate) fn queue(&self) -> Result<OwnedSemaphorePermit, Busy> {
        self.places.clone().try_acquire_owned().map_err(|_| Busy)
    }

    /// Checks a password at a place of [`Users::queue`].
    pub(crate) async fn verify_at(
        &self,
        place: OwnedSemaphorePermit,
        name: &str,
        password: &str,
    ) -> Option<Verified> {
        let processor = self.processors.clone().acquire_owned().await.ok()?;
        let users = self.current();
        let name = normal(name).unwrap_or_default();
        let known = users.get(&name);
        let decoy = || users.values().nth(self.decoys.hash_one(&name) as usize % users.len().max(1));
        let hash = known.or_else(decoy).map(|user| user.hash.clone())?;
        let stamp = known.map(|user| user.stamp.clone());
        let (path, password) = (self.path.clone(), password.to_owned());
        let check = move || {
            // Kept by the work, which goes on when nobody waits for it any more.
            let _held = (place, processor);
            let right = password::matches(&password, &hash);
            let stamp = stamp.filter(|_| right)?;
            let renewed =
                password::is_outdated(&hash).then(|| renew(&path, &name, &hash, &password)).flatten();
            Some(Verified { name, stamp: renewed.unwrap_or(stamp) })
        };
        spawn_blocking(check).await.ok().flatten()
    }

    /// Adds a user. Blocks, as do all changes: for a hash, and for whoever else changes the file.
    pub fn add(&self, name: &str, password: &str) -> Result<Verified, UsersError> {
        self.add_unless(name, password, |lines, name| find(lines, name).is_some())
    }

    /// Adds a user if there is none, of whatever name.
    pub(crate) fn add_first(&self, name: &str, password: &str) -> Result<Verified, UsersError> {
        self.add_unless(name, password, |lines, _| !lines.iter().all(|line| is_comment(line)))
    }

    fn add_unless(
        &self,
        name: &str,
        password: &str,
        is_taken: impl Fn(&[String], &str) -> bool,
    ) -> Result<Verified, UsersError> {
        let name = normal(name).ok_or(UsersError::Name)?;
        let hash = new_hash(password)?;
        self.edit(|lines| {
            if is_taken(lines, &name) {
                return Err(UsersError::Taken);
            }
            lines.push(line(&name, &hash));
            Ok(())
        })?;
        Ok(Verified { name, stamp: stamp(&hash) })
    }

    /// Gives a user a new password, which ends the user's sessions.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), UsersError> {
        let name = normal(name).ok_or(UsersError::Unknown)?;
        let hash = new_hash(password)?;
        self.edit(|lines| {
            let at = find(lines, &name).ok_or(UsersError::Unknown)?;
            lines[at] = line(&name, &hash);
            Ok(())
        })
    }

    /// Removes a user, which ends the user's sessions.
    pub fn remove(&self, name: &str) -> Result<(), UsersError> {
        let name = normal(name).ok_or(UsersError::Unknown)?;
        self.edit(|lines| {
            let at = find(lines, &name).ok_or(UsersError::Unknown)?;
            lines.remove(at);
            Ok(())
        })
    }

    fn edit(
        &self,
        change: impl FnOnce(&mut Vec<String>) -> Result<(), UsersError>,
    ) -> Result<(), UsersError> {
        edit(&self.path, change)?;
        // Before the change, or after it.
        self.had_some.store(true, Ordering::Relaxed);
        self.look(&mut self.lock());
        Ok(())
    }

    fn current(&self) -> Arc<BTreeMap<String, User>> {
        let mut seen = self.lock();
        if seen.at.elapsed() >= FRESH { self.look(&mut seen) } else { seen.users.clone() }
    }

    /// Reads the file. What is wrong with it leaves the users as they were.
    fn look(&self, seen: &mut Seen) -> Arc<BTreeMap<String, User>> {
        seen.at = Instant::now();
        let text = read(&self.path);
        if text.as_ref().ok() != seen.text.as_ref() {
            match text.as_deref().map_err(Clone::clone).and_then(parse) {
                Ok(users) => {
                    self.had_some.fetch_or(!users.is_empty(), Ordering::Relaxed);
                    seen.users = Arc::new(users);
                }
                Err(error) => (self.complain)(&error),
            }
            seen.text = text.ok();
        }
        seen.users.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // What is behind it is whole at every moment.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with the file of users, or with what was to be put into it. No sentence holds a name, a password or a
/// hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsersError {
    /// The file cannot be read, and why.
    Unreadable(String),
    /// The file cannot be changed, and why.
    Unwritable(String),
    /// The line with this number is none of a user.
    Line(usize),
    /// The line with this number has a name that an earlier one has.
    Twice(usize),
    /// The name cannot be taken.
    Name,
    /// The password cannot be taken.
    Password,
    /// There is a user of this name.
    Taken,
    /// There is no user of this name.
    Unknown,
}

impl fmt::Display for UsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "The file of users cannot be read: {why}."),
            Self::Unwritable(why) => write!(f, "The file of users cannot be changed: {why}."),
            Self::Line(number) => write!(
                f,
                "Line {number} of the file of users must be a name, a colon and an argon2id hash; codecraft user add writes one."
            ),
            Self::Twice(number) => {
                write!(f, "Line {number} of the file of users has a name that an earlier line has.")
            }
            Self::Name => write!(
                f,
                "A name has 1 to {MAX_NAME} letters, digits, dots, dashes, underscores and at signs."
            ),
            Self::Password => write!(
                f,
                "A password has at least {} characters and at most {} bytes.",
                password::MIN_CHARS,
                password::MAX_BYTES
            ),
            Self::Taken => f.write_str("There is a user of this name."),
            Self::Unknown => f.write_str("There is no user of this name."),
        }
    }
}

impl std::error::Error for UsersError {}

impl From<io::Error> for UsersError {
    fn from(error: io::Error) -> Self {
        Self::Unwritable(error.to_string())
    }
}

/// A name as it is kept and compared: in lower case, without space around it. `None` if it can be nobody's.
pub(crate) fn normal(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
    ((1..=MAX_NAME).contains(&name.len()) && name.bytes().all(letter)).then_some(name)
}

fn read(path: &Path) -> Result<String, UsersError> {
    file::read(path).map_err(|error| UsersError::Unreadable(error.to_string()))
}

fn parse(text: &str) -> Result<BTreeMap<String, User>, UsersError> {
    let mut users = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !is_comment(line)) {
        let (name, hash) = user(line).ok_or(UsersError::Line(number))?;
        let stamp = stamp(&hash);
        if users.insert(name, User { hash, stamp }).is_some() {
            return Err(UsersError::Twice(number));
        }
    }
    Ok(users)
}

/// The user's name and hash of a line.
fn user(line: &str) -> Option<(String, PasswordHash)> {
    let (name, hash) = line.split_once(':')?;
    Some((normal(name)?, password::read(hash.trim())?))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The place of a user's line.
fn find(lines: &[String], name: &str) -> Option<usize> {
    lines.iter().position(|line| {
        !is_comment(line) && line.split_once(':').and_then(|(own, _)| normal(own)).as_deref() == Some(name)
    })
}

fn line(name: &str, hash: &PasswordHash) -> String {
    format!("{name}:{hash}")
}

fn new_hash(password: &str) -> Result<PasswordHash, UsersError> {
    password::check(password)?;
    Ok(password::hash(password))
}

/// Tells one password of a user from the next without telling anything of either.
fn stamp(hash: &PasswordHash) -> String {
    digest(&hash.to_string())
}

/// Changes the lines of a file in which there is nothing wrong.
fn edit(
    path: &Path,
    change: impl FnOnce(&mut Vec<String>) -> Result<(), UsersError>,
) -> Result<(), UsersError> {
    file::edit(path, |text| {
        parse(text)?;
        let mut lines = text.lines().map(str::to_owned).collect();
        change(&mut lines)?;
        Ok(lines.into_iter().map(|line| line + "\n").collect())
    })
}

/// Replaces the hash of a password by one of today's parameters and gives the stamp of the hash that is in the file then,
/// also if somebody else was faster; the user's other sessions end with the old one. That the file cannot be written is no
/// failure: the old hash still does.
fn renew(path: &Path, name: &str, old: &PasswordHash, password: &str) -> Option<String> {
    let new = password::hash(password);
    let mut other = None;
    let written = edit(path, |lines| {
        let at = find(lines, name).ok_or(UsersError::Unknown)?;
        other = user(&lines[at]).map(|(_, hash)| hash).filter(|hash| hash != old);
        if other.is_some() {
            return Err(UsersError::Taken);
        }
        lines[at] = line(name, &new);
        Ok(())
    });
    if written.is_ok() {
        return Some(stamp(&new));
    }
    // It may also be that of a new password, for which this one is wrong.
    other.filter(|hash| password::matches(password, hash)).map(|hash| stamp(&hash))
}
