//! `/__set`: what a test changes while the fake upstream runs. From this machine only.
//!
//! | parameter | effect |
//! |---|---|
//! | `origins` | which pages Ollama admits: `default` (loopback), `none`, `*`, or a list added to the default |
//! | `models` | the models that every provider lists, separated by commas; `default` is the catalogue |
//! | `vanish` | a model that is neither listed nor found any more; may be given several times |
//! | `ctx` | tokens of context that Ollama loads its models with; `default` is 4096, and then nothing is dropped |
//! | `ollama` | `down`: the port of Ollama alone closes every connection without a word; `up` |
//! | `vram` | percent of a model that Ollama has on the graphics card |
//! | `server` | how `/local` lists its models: `llama`, `router`, `vllm` or `lmstudio` |
//!
//! `POST /__set` changes, `GET /__set` shows. `DELETE /__log` takes everything back.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use super::World;
use crate::name::{CATALOGUE, EMBEDDING_MODEL};

/// What can be changed; [`Settings::default`] is what a fresh upstream does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub origins: Origins,
    /// In place of the catalogue and the embedding model.
    pub models: Option<Vec<String>>,
    pub vanished: Vec<String>,
    pub ctx: Option<u64>,
    pub vram: u64,
    pub server: Server,
    /// To a page this is the same as nobody listening: its call fails, and it cannot know why.
    pub ollama_down: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            origins: Origins::default(),
            models: None,
            vanished: Vec::new(),
            ctx: None,
            vram: 100,
            server: Server::Llama,
            ollama_down: false,
        }
    }
}

/// The pages that Ollama admits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origins {
    /// Those of this machine, and these; a `*` inside one stands for any text.
    Loopback(Vec<String>),
    None,
    Any,
}

impl Default for Origins {
    fn default() -> Self {
        Origins::Loopback(Vec::new())
    }
}

impl Origins {
    /// Reads `default`, `none`, `*`, or origins separated by commas.
    pub fn read(text: &str) -> Self {
        match text {
            "none" => Origins::None,
            "*" => Origins::Any,
            "" | "default" => Origins::default(),
            list => Origins::Loopback(list.split(',').map(|origin| origin.trim().to_owned()).collect()),
        }
    }
}

/// The program behind `/local`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// `llama-server` with one model: `meta.n_ctx_train`.
    Llama,
    /// `llama-server` as a router: `status.value`.
    Router,
    /// vLLM: `max_model_len`.
    Vllm,
    /// LM Studio: names and nothing else.
    LmStudio,
}

impl Settings {
    /// Changes one setting.
    ///
    /// # Errors
    ///
    /// What cannot be read, as a sentence.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let bad = || format!("{key} cannot be {value:?}");
        let number = || value.parse::<u64>().map_err(|_| bad());
        match (key, value) {
            ("origins", _) => self.origins = Origins::read(value),
            ("models", "default") => self.models = None,
            ("models", _) => {
                let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                self.models = Some(names.map(str::to_owned).collect());
            }
            ("vanish", _) => self.vanished.push(value.to_owned()),
            ("ctx", "default") => self.ctx = None,
            ("ctx", _) => self.ctx = Some(number()?),
            ("ollama", "down") => self.ollama_down = true,
            ("ollama", "up") => self.ollama_down = false,
            ("vram", _) => self.vram = number().ok().filter(|percent| *percent <= 100).ok_or_else(bad)?,
            ("server", "llama") => self.server = Server::Llama,
            ("server", "router") => self.server = Server::Router,
            ("server", "vllm") => self.server = Server::Vllm,
            ("server", "lmstudio") => self.server = Server::LmStudio,
            ("ollama" | "server", _) => return Err(bad()),
            _ => return Err(format!("there is no setting {key:?}")),
        }
        Ok(())
    }

    /// The models that are listed, in order.
    pub fn listed(&self) -> Vec<String> {
        let standard = || {
            let names = CATALOGUE.iter().map(|entry| entry.name).chain([EMBEDDING_MODEL]);
            names.map(str::to_owned).collect()
        };
        let mut names: Vec<String> = self.models.clone().unwrap_or_else(standard);
        names.retain(|name| !self.has_vanished(name));
        names
    }

    pub fn has_vanished(&self, name: &str) -> bool {
        self.vanished.iter().any(|vanished| vanished == name)
    }
}

pub(super) async fn show(State(world): State<World>) -> Response {
    Json(json!(world.settings())).into_response()
}

pub(super) async fn change(
    State(world): State<World>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(changes): Query<Vec<(String, String)>>,
) -> Response {
    if !peer.ip().is_loopback() {
        return (StatusCode::FORBIDDEN, "only this machine may change the fake upstream\n").into_response();
    }
    let mut settings = world.settings();
    for (key, value) in &changes {
        if let Err(reason) = settings.set(key, value) {
            return (StatusCode::BAD_REQUEST, format!("{reason}\n")).into_response();
        }
    }
    world.set(settings.clone());
    Json(json!(settings)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(changes: &[(&str, &str)], expect: Result<Settings, &str>) {
        let mut settings = Settings::default();
        let done = changes.iter().try_for_each(|(key, value)| settings.set(key, value));
        assert_eq!(done.map(|()| settings), expect.map_err(str::to_owned));
    }

    #[test]
    fn settings_are_read_from_words() {
        check(&[], Ok(Settings::default()));
        check(&[("origins", "none")], Ok(Settings { origins: Origins::None, ..Settings::default() }));
        let origins = Origins::Loopback(vec!["https://a.example".into(), "https://*.b.example".into()]);
        check(
            &[("origins", "https://a.example, https://*.b.example")],
            Ok(Settings { origins, ..Settings::default() }),
        );
        let models = Some(vec!["fine".into(), "cloud".into()]);
        check(
            &[("models", "fine,cloud"), ("ctx", "2048"), ("vram", "40"), ("server", "vllm")],
            Ok(Settings { models, ctx: Some(2_048), vram: 40, server: Server::Vllm, ..Settings::default() }),
        );
        check(&[("ctx", "2048"), ("ctx", "default")], Ok(Settings::default()));
        check(&[("ollama", "down")], Ok(Settings { ollama_down: true, ..Settings::default() }));
        check(&[("ollama", "down"), ("ollama", "up")], Ok(Settings::default()));
        check(&[("ctx", "much")], Err("ctx cannot be \"much\""));
        check(&[("vram", "101")], Err("vram cannot be \"101\""));
        check(&[("colour", "red")], Err("there is no setting \"colour\""));
    }

    #[test]
    fn a_model_that_vanished_is_not_listed() {
        let mut settings = Settings::default();
        assert!(settings.listed().contains(&"fine".to_owned()));
        settings.set("vanish", "fine").expect("a setting");
        assert!(!settings.listed().contains(&"fine".to_owned()));
        settings.set("models", "").expect("a setting");
        assert!(settings.listed().is_empty());
    }
}
