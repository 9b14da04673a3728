//! One native HTTP call, as data.

/// One native HTTP call below a provider's base address. The proxy adds address and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Native path with query, without leading slash.
    pub path: String,
    /// JSON; empty for [`Method::Get`].
    pub body: String,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: String::new() }
    }

    pub(super) fn post(path: impl Into<String>, body: String) -> Self {
        Self { method: Method::Post, path: path.into(), body }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}
