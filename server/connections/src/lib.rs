//! What clients' connections may cost.
//!
//! | what | bound |
//! |---|---|
//! | connections in all | 1,024 or what the streams need, and no more than the files that the process may open |
//! | connections of one network | a quarter of all |
//! | bytes that wait in the system for one client | 256 KiB |
//! | a write that waits for the client | the time that the caller names |

mod room;
mod socket;

pub use room::{Connection, Room};
pub use socket::{Socket, bound_buffers};
