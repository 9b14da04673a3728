//! Sampling parameters as members of a request's JSON.
//!
//! They are written as text: a serialiser that can write these decimals can write every float, and brings 12 KB of tables.

use super::Call;
use crate::brief::Params;

/// The parameters that are set, under a provider's names for temperature, top-p and the longest answer:
/// `"temperature":0.7,"top_p":1`. Empty if none is.
pub fn members(params: &Params, names: [&str; 3]) -> String {
    let values = [
        params.temperature.map(|number| number.to_string()),
        params.top_p.map(|number| number.to_string()),
        params.max_tokens.map(|number| number.to_string()),
    ];
    let set = names.into_iter().zip(values);
    set.filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?))).collect::<Vec<_>>().join(",")
}

impl Call {
    /// Adds members at the end of the body, which is an object that is not empty.
    pub(super) fn with(mut self, members: &str) -> Self {
        if !members.is_empty() {
            self.body.pop();
            self.body.push(',');
            self.body.push_str(members);
            self.body.push('}');
        }
        self
    }

    /// Adds them as an object of their own under `key`.
    pub(super) fn with_object(self, key: &str, members: &str) -> Self {
        if members.is_empty() { self } else { self.with(&format!("\"{key}\":{{{members}}}")) }
    }
}
