//! A map whose entries end by themselves and whose size is bounded, whatever names are invented.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// Entries at most. Beyond, the half that would end first is dropped.
pub const MOST: usize = 100_000;
/// Fewer entries than this are not worth looking through.
const FEW: usize = 64;

/// Values under names, each with its end. What is over is never seen again; its memory goes back when the map has
/// doubled, so that an insertion costs constant time on average.
pub struct Expiring<V> {
    entries: HashMap<String, Entry<V>>,
    sweep_at: usize,
}

struct Entry<V> {
    until: Instant,
    value: V,
}

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), sweep_at: FEW }
    }
}

impl<V> Expiring<V> {
    /// The value, if it is not over.
    pub fn get(&mut self, name: &str) -> Option<&mut V> {
        let entry = self.entries.get_mut(name)?;
        (Instant::now() < entry.until).then_some(&mut entry.value)
    }

    /// The value, a new one if there is none; from now on it lasts for `life`.
    pub fn get_or_default(&mut self, name: &str, life: Duration) -> &mut V
    where
        V: Default,
    {
        if self.get(name).is_none() {
            self.put(name, V::default(), life);
        }
        self.keep(name, life);
        &mut self.entries.get_mut(name).expect("it was put there").value
    }

    /// Puts a value that lasts for `life`.
    pub fn put(&mut self, name: &str, value: V, life: Duration) {
        if self.entries.len() >= self.sweep_at {
            self.sweep();
        }
        self.entries.insert(name.to_owned(), Entry { until: Instant::now() + life, value });
    }

    /// Lets a value last for `life` from now on, if there is one.
    pub fn keep(&mut self, name: &str, life: Duration) {
        if let Some(entry) = self.entries.get_mut(name) {
            entry.until = Instant::now() + life;
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.entries.remove(name);
    }

    /// Removes what `stays` is false for.
    pub fn retain(&mut self, mut stays: impl FnMut(&V) -> bool) {
        self.entries.retain(|_, entry| stays(&entry.value));
    }

    fn sweep(&mut self) {
        let now = Instant::now();
        self.entries.retain(|_, entry| now < entry.until);
        if self.entries.len() >= MOST {
            let mut ends: Vec<Instant> = self.entries.values().map(|entry| entry.until).collect();
            let (_, middle, _) = ends.select_nth_unstable(MOST / 2);
            let (middle, mut going) = (*middle, MOST / 2);
            self.entries.retain(|_, entry| {
                let goes = going > 0 && entry.until <= middle;
                going -= usize::from(goes);
                !goes
            });
        }
        self.sweep_at = (self.entries.len() * 2).clamp(FEW, MOST);
        self.entries.shrink_to(self.sweep_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_over_gives_its_memory_back() {
        let mut map = Expiring::default();
        for n in 0..1000 {
            map.put(&n.to_string(), n, Duration::from_secs(10));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(map.entries.len() <= 2 * FEW, "{}", map.entries.len());
        assert_eq!(map.get("989"), None);
        assert_eq!(map.get("999").copied(), Some(999));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_map_drops_what_ends_first() {
        let mut map = Expiring::default();
        for n in 0..MOST {
            map.put(&n.to_string(), n, Duration::from_secs(1000 + n as u64));
        }
        map.put("one more", 0, Duration::from_secs(1));
        assert_eq!(map.entries.len(), MOST / 2 + 1);
        assert!(map.get("one more").is_some());
        assert_eq!(map.get("0"), None);
        assert_eq!(map.get("99999").copied(), Some(99_999));
        for n in 0..MOST {
            map.put(&format!("invented {n}"), n, Duration::from_secs(1));
        }
        assert!(map.entries.len() <= MOST);
        assert_eq!(map.get("99999").copied(), Some(99_999), "it lasts longer than what was invented");
    }
}
