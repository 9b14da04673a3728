//! Several processes of the program that share a Redis, as their users and operator meet them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod limits;
mod nginx;
mod sessions;
mod store;
mod streams;
mod support;
