//! How much one user may do: calls open at once, and generations begun in a minute.
//!
//! Places are taken before a body is read, so that a crowd of slow bodies is bounded, too; a generation is counted once
//! everything that the client sent has been found good, so that a mistake costs none. All of it is counted where the
//! replicas of a server count together, but for the places of this process.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use codecraft_commons::{Admission, Lease, Unavailable};
use codecraft_core::api::{Allowance, Code};
use tokio::sync::OwnedSemaphorePermit;

use crate::{auth::Who, error::Failure, router::json, state::AppState};

/// How soon a client may ask again while the store of the replicas is away, in milliseconds.
const STORE_WAIT: u64 = 2000;
/// How soon a client may ask again for a place, in milliseconds.
const PLACE_WAIT: u64 = 1000;

/// The place of one open call, with this process and with its user. It goes back when this is dropped.
pub struct Permit {
    _process: OwnedSemaphorePermit,
    _user: Lease,
}

impl AppState {
    /// A place for one more call of `who`, or the refusal.
    pub(crate) async fn place(&self, who: &Who) -> Result<Permit, Failure> {
        if self.shutdown.has_begun() {
            return Err(Failure::shutting_down());
        }
        let full = |sentence: &str| Failure::new(Code::TooManyStreams, sentence).retry_after_ms(PLACE_WAIT);
        let process = self
            .streams
            .clone()
            .try_acquire_owned()
            .map_err(|_| full("Too many streams are open; try again when one has ended."))?;
        let user = self
            .commons
            .lease(who.key(), self.limits.user_streams)
            .await
            .map_err(|away| self.store_away(&away))?
            .ok_or_else(|| full("You have too many streams open; try again when one has ended."))?;
        Ok(Permit { _process: process, _user: user })
    }

    /// Counts a call that makes a model work; `run` is the run that it belongs to, in the client's words.
    pub(crate) async fn count(&self, who: &Who, run: Option<&str>) -> Result<(), Failure> {
        let limit = self.limits.generations;
        match self.commons.admit(who.key(), run, limit).await {
            Ok(Admission::Admitted) => Ok(()),
            Ok(Admission::Refused { wait }) => Err(Failure::new(
                Code::RateLimited,
                format!(
                    "You have begun {limit} generations within a minute, the most that this server allows."
                ),
            )
            .retry_after_ms(wait.as_millis() as u64)),
            Err(away) => Err(self.store_away(&away)),
        }
    }

    /// The refusal while sessions and limits cannot be looked up.
    pub(crate) fn store_away(&self, why: &Unavailable) -> Failure {
        self.log.event("store_unavailable", &[("cause", &why.to_string())]);
        Failure::new(
            Code::StoreUnavailable,
            "Sessions and limits cannot be checked just now, so nothing was sent; try again in a moment.",
        )
        .retry_after_ms(STORE_WAIT)
    }
}

/// `GET /api/limits`: what the caller may still begin.
pub async fn limits(State(state): State<Arc<AppState>>, who: Who) -> Response {
    let limit = state.limits.generations;
    match state.commons.allowance(who.key(), limit).await {
        Ok(left) => {
            let allowance =
                Allowance { limit, remaining: left.remaining, next_ms: left.next.as_millis() as u64 };
            json(StatusCode::OK, serde_json::to_vec(&allowance).expect("numbers always have a JSON form"))
        }
        Err(away) => state.store_away(&away).into_response(),
    }
}
