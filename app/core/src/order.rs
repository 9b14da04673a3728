//! Order for short lists.

/// Sorts by key; equal items keep their places. Keys are made once for each item.
///
/// The lists here hold some models or candidates. The sort of the standard library is made for millions of items and
/// comes with 3 KB of code for every type it sorts.
pub(crate) fn sort_by_key<T: Copy, K: Ord>(items: &mut [T], key: impl Fn(T) -> K) {
    let mut sorted: Vec<(K, T)> = Vec::with_capacity(items.len());
    for item in items.iter().copied() {
        let key = key(item);
        let at = sorted.partition_point(|(other, _)| *other <= key);
        sorted.insert(at, (key, item));
    }
    for (slot, (_, item)) in items.iter_mut().zip(sorted) {
        *slot = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mut items: Vec<(u8, char)>, expect: &[(u8, char)]) {
        sort_by_key(&mut items, |(key, _)| key);
        assert_eq!(items, expect);
    }

    #[test]
    fn smaller_keys_come_first_and_equal_ones_keep_their_order() {
        check(vec![], &[]);
        check(vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')], &[(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        check(vec![(3, 'a'), (2, 'b'), (1, 'c')], &[(1, 'c'), (2, 'b'), (3, 'a')]);
    }
}
