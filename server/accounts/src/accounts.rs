//! People who sign in here: throttled attempts, the first user, and the sessions that follow.
//!
//! What all replicas have to agree on, sessions and failed attempts, is in the [`Commons`]. The users themselves are in
//! the file.

use std::{path::PathBuf, sync::Arc, time::Duration};

use codecraft_commons::{Commons, Session, Unavailable, rules::NETWORK};
use tokio::task::spawn_blocking;

use crate::{Busy, Token, Users, UsersError, Verified, users::normal};

/// Everybody who can sign in.
pub struct Accounts {
    users: Arc<Users>,
    commons: Commons,
    /// Makes the first user. There is one only if there was no user when the server started.
    setup: Option<Token>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct SignedIn {
    pub user: String,
    pub token: Token,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No user has this name and this password, or the token of the set-up is another.
    Wrong,
    /// Too many attempts failed under this name or from this network. The next may come after this time.
    Throttled(Duration),
    /// Too many passwords are being checked.
    Busy,
    /// There is a user already, or was when the server started.
    SetUp,
    /// The name or the password of the first user cannot be taken, or the file cannot be written.
    Users(UsersError),
    Unavailable(Unavailable),
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl Accounts {
    /// The users of the file at `path`. `complain` hears what is wrong with it later.
    pub fn open(
        path: impl Into<PathBuf>,
        commons: Commons,
        complain: impl Fn(&UsersError) + Send + Sync + 'static,
    ) -> Result<Self, UsersError> {
        let users = Users::open(path, complain)?;
        let setup = users.is_empty().then(Token::random);
        Ok(Self { users: Arc::new(users), commons, setup })
    }

    /// What makes the first user, while there has been none: to be shown to the operator and to nobody else. Once a user
    /// was seen, whoever made it, the token is worth nothing for as long as the server runs.
    pub fn setup_token(&self) -> Option<Token> {
        self.setup.clone().filter(|_| self.users.are_new())
    }

    /// True while the first user can be made.
    pub fn is_new(&self) -> bool {
        self.setup.is_some() && self.users.are_new()
    }

    /// How many users there are; an error if their file cannot be read as it is now.
    pub fn count(&self) -> Result<usize, UsersError> {
        self.users.check().map(|()| self.users.names().len())
    }

    /// Signs somebody in from `network`, the text that stands for where the client is. `old` is the session that the
    /// client had until now and has no more; its token is never used again, whoever made it up.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        network: &str,
        old: Option<&Token>,
    ) -> Result<SignedIn, Refusal> {
        // First, so that whoever is turned away here has counted nowhere.
        let place = self.users.queue().map_err(|Busy| Refusal::Busy)?;
        let network = format!("{NETWORK}{network}");
        // A name that nobody can have is counted for the network alone.
        let account = normal(name).map(|name| format!("user:{name}"));
        let names: Vec<&str> = account.as_deref().into_iter().chain([network.as_str()]).collect();
        self.commons.attempt(&names).await?.map_err(Refusal::Throttled)?;
        let verified = self.users.verify_at(place, name, password).await.ok_or(Refusal::Wrong)?;
        self.succeeded(account.as_deref().unwrap_or_default(), &network).await?;
        if let Some(old) = old {
            self.sign_out(old).await?;
        }
        self.begin(verified).await
    }

    /// Makes the first user and signs it in. `setup` is what [`Accounts::setup_token`] gave.
    ///
    /// Nobody guesses 256 bits: wrong tokens are not counted, for that could only keep the operator out, and cost nothing.
    pub async fn set_up(&self, setup: &str, name: &str, password: &str) -> Result<SignedIn, Refusal> {
        let token = self.setup_token().ok_or(Refusal::SetUp)?;
        if !token.is(setup) {
            return Err(Refusal::Wrong);
        }
        let (users, name, password) = (self.users.clone(), name.to_owned(), password.to_owned());
        // To its end, whether or not the client waits for it.
        let added = spawn_blocking(move || users.add_first(&name, &password)).await;
        let added = added.map_err(|_| Refusal::Busy)?.map_err(|error| match error {
            UsersError::Taken => Refusal::SetUp,
            error => Refusal::Users(error),
        })?;
        self.begin(added).await
    }

    /// The user whose session this is the token of. A session is over when the user is gone or has a new password.
    pub async fn user(&self, token: &Token) -> Result<Option<String>, Unavailable> {
        let session = self.commons.session(&token.key()).await?;
        Ok(session
            .filter(|session| self.users.knows(&session.user, &session.stamp))
            .map(|session| session.user))
    }

    /// Ends one session.
    pub async fn sign_out(&self, token: &Token) -> Result<(), Unavailable> {
        self.commons.end_session(&token.key()).await
    }

    /// Ends every session of a user.
    pub async fn sign_out_everywhere(&self, user: &str) -> Result<(), Unavailable> {
        self.commons.end_sessions(user).await
    }

    /// Forgets the failures of the account. Of the network's, only this attempt is taken back: whoever has an account could
    /// else sign in between guesses at another and never be slowed down.
    async fn succeeded(&self, account: &str, network: &str) -> Result<(), Unavailable> {
        self.commons.forgive(&[account]).await?;
        self.commons.take_back(&[network]).await
    }

    async fn begin(&self, verified: Verified) -> Result<SignedIn, Refusal> {
        let Verified { name: user, stamp } = verified;
        let token = Token::random();
        self.commons.put_session(&token.key(), &Session { user: user.clone(), stamp }).await?;
        Ok(SignedIn { user, token })
    }
}
