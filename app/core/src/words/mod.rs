//! What is said about a run, in sentences: what happened, what was kept, what to do.
//!
//! Sentences are decisions like others: they follow from the state alone, so they stand here and are tested here.

mod account;
mod card;
mod course;
mod failure;
mod figures;
mod form;
mod lane;
mod limit;
mod log;
mod run;
mod story;

pub use crate::brief::thousands;
pub use account::sign_in;
pub use card::{card_cost, params, recalled, seam, tokens};
pub use course::{course, tick};
pub use failure::{failure, short_failure, verbatim};
pub use figures::{bytes, cost, count, seconds};
pub use form::{Budget, budget, promise};
pub use lane::{Column, columns};
pub use limit::{allowance, countdown, limit_begun, limited};
pub use log::{Step, log};
pub use run::{all_failed, finished, milestone, started, title, totals};
pub use story::story;

use crate::provider::{ProviderKind, catalog};

/// Name of the provider behind an attempt or target.
pub fn host(provider: &str, kind: ProviderKind) -> String {
    catalog::provider_name(provider, kind)
}
