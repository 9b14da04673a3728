//! Who may use a server: users in a file, sessions, cookies, throttled sign-in, and names that a reverse proxy vouches for.
//!
//! Start at [`Accounts`], where people have names and passwords here, or at [`Vouched`], where a proxy has signed them in. Nothing
//! in this crate knows of routes or answers; it reads the headers of a request and gives values.

mod accounts;
mod client;
mod cookie;
mod file;
mod header;
mod password;
mod token;
mod users;

pub use accounts::{Accounts, Refusal, SignedIn};
pub use client::{Proxies, network};
pub use cookie::Cookie;
pub use header::{NotTrusted, Vouched};
pub use token::Token;
pub use users::{Busy, Users, UsersError, Verified};
