//! Who may use a server: users in a file, sessions, cookies, throttled sign-in, and names that a reverse proxy vouches for.

pub mod client;
pub mod cookie;
mod file;
pub mod header;
mod password;
mod token;
mod users;

pub use cookie::Cookie;
pub use token::Token;
pub use users::{Busy, Users, UsersError, Verified};
