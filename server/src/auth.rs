//! Who a request comes from.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use codecraft_core::api::Code;

use crate::error::Failure;

/// Whom a request counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who(Arc<str>);

impl Who {
    /// The user's name or, where nobody signs in, the client's network.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // Only routes behind `require` have somebody.
        parts.extensions.get().cloned().ok_or_else(not_signed_in)
    }
}

pub(crate) fn not_signed_in() -> Failure {
    Failure::new(Code::NotSignedIn, "Sign in first.")
}

/// Stands before everything that only a known user may do.
pub async fn require(mut request: Request, next: Next) -> Response {
    match identify(&request) {
        Ok(who) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    }
}

fn identify(request: &Request) -> Result<Who, Failure> {
    let ConnectInfo(peer) =
        request.extensions().get::<ConnectInfo<SocketAddr>>().ok_or_else(not_signed_in)?;
    Ok(Who(peer.ip().to_string().into()))
}
