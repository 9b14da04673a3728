//! Tests of the server over real sockets: a router on a free port of 127.0.0.1, scripted upstreams behind it, and a
//! client that writes and reads raw bytes, so that nothing between test and server can tidy up what is sent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod abuse;
mod accounts;
mod canary;
mod cancel;
mod failures;
mod generations;
mod guard;
mod injection;
mod limits;
mod operations;
mod paths;
mod policy;
mod privacy;
mod readiness;
mod routes;
mod settings;
mod sockets;
mod steering;
mod support;
mod table;
