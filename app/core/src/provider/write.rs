//! JSON of requests, written as text.
//!
//! A serialiser that can write our decimals can write every float, and brings 12 KB of tables; a derived one per body shape
//! costs more. Requests are few and flat, so a list of members is enough.

use super::Call;
use crate::brief::Params;

/// A JSON object in the making. Keys are our own words and need no escapes.
#[derive(Debug, Default)]
pub struct Object(String);

impl Object {
    /// Adds a member whose value is JSON already.
    pub fn with(mut self, key: &str, json: &str) -> Self {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    /// Adds a string.
    pub fn text(self, key: &str, text: &str) -> Self {
        self.with(key, &quoted(text))
    }

    /// Adds a member that may be unset, and is then absent.
    pub fn maybe(self, key: &str, json: Option<String>) -> Self {
        match json {
            Some(json) => self.with(key, &json),
            None => self,
        }
    }

    /// Adds an object, unless nothing stands in it.
    pub fn object(self, key: &str, object: Self) -> Self {
        if object.0.is_empty() { self } else { self.with(key, &object.end()) }
    }

    /// Adds the parameters that are set, under a provider's names for temperature, top-p and the longest answer.
    pub fn sampling(self, params: &Params, [temperature, top_p, max_tokens]: [&str; 3]) -> Self {
        self.maybe(temperature, params.temperature.map(|number| number.to_string()))
            .maybe(top_p, params.top_p.map(|number| number.to_string()))
            .maybe(max_tokens, params.max_tokens.map(|number| number.to_string()))
    }

    /// Its text.
    pub fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }

    /// The call with this body.
    pub fn post(self, path: impl Into<String>) -> Call {
        Call::post(path, self.end())
    }
}

/// A string as JSON.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every string has a JSON form")
}

/// An array of what is JSON already.
pub fn array(items: &[String]) -> String {
    ["[", &items.join(","), "]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_order_and_what_is_unset_is_absent() {
        let inner = Object::default().with("a", "1");
        let object = Object::default()
            .text("t", "x\"\u{2028}\n")
            .maybe("none", None)
            .object("empty", Object::default())
            .object("inner", inner)
            .with("list", &array(&["1".into(), "{}".into()]));
        assert_eq!(object.end(), "{\"t\":\"x\\\"\u{2028}\\n\",\"inner\":{\"a\":1},\"list\":[1,{}]}");
        assert_eq!(Object::default().end(), "{}");
        assert_eq!(array(&[]), "[]");
    }
}
