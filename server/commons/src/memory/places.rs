//! The open streams of each user, counted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use super::lock;

/// Users with open streams, and how many; nobody else is remembered.
#[derive(Default)]
pub struct Places(Mutex<HashMap<String, u32>>);

/// One of a user's places. It goes back when this is dropped.
pub struct Place {
    places: Arc<Places>,
    user: String,
}

impl Places {
    pub fn take(self: &Arc<Self>, user: &str, most: u32) -> Option<Place> {
        let mut taken = lock(&self.0);
        if taken.get(user).is_some_and(|count| *count >= most) || most == 0 {
            return None;
        }
        *taken.entry(user.to_owned()).or_default() += 1;
        Some(Place { places: self.clone(), user: user.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.0);
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}
