//! The proxy of CodeCraft: it relays native calls to the model providers, keeps the keys, and serves the app.
//!
//! A request passes, from the outside in: [`serve`] (connections) → [`edge`] (guard and security headers) →
//! [`router`](mod@router) → either [`assets`] or, for those whom [`auth`] knows, the [`relay`], by plain HTTP or by
//! WebSocket (`stream`). The relay asks the table of [`upstream`]s, with the allowed [`native`] paths, where a call goes, and passes bytes both ways
//! without parsing them. Everything it shares is one [`AppState`], made from one checked [`Config`].

pub mod assets;
pub mod auth;
pub mod check;
pub mod edge;
pub mod error;
pub mod guard;
mod limits;
pub mod native;
pub mod relay;
pub mod router;
pub mod serve;
pub mod shutdown;
mod state;
mod stream;
pub mod upstream;
pub mod user;

pub use codecraft_config::{self as config, Config};
pub use codecraft_telemetry::{Format, Log, Traces};
pub use router::router;
pub use serve::serve;
pub use state::AppState;
