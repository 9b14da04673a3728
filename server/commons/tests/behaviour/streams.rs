use codecraft_commons::Lease;

use super::Subject;

pub async fn px22_so_many_streams_and_no_more(subject: Subject) {
    let commons = &subject.commons;
    let mut open: Vec<Lease> = Vec::new();
    for _ in 0..16 {
        open.push(commons.lease("ada", 16).await.unwrap().expect("there is room"));
    }
    assert!(commons.lease("ada", 16).await.unwrap().is_none());
    assert!(commons.lease("bob", 16).await.unwrap().is_some(), "another user is not affected");
    for _ in 0..3 {
        open.pop();
        open.push(subject.lease("ada", 16).await);
        assert!(commons.lease("ada", 16).await.unwrap().is_none(), "and only one");
    }
    drop(open);
    let _last = subject.lease("ada", 1).await;
    assert!(commons.lease("ada", 0).await.unwrap().is_none());
}

pub async fn px22_parallel_streams_are_counted_exactly(subject: Subject) {
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let commons = subject.commons.clone();
            tokio::spawn(async move { commons.lease("ada", 16).await.unwrap() })
        })
        .collect();
    let mut open = Vec::new();
    for call in calls {
        open.extend(call.await.unwrap());
    }
    assert_eq!(open.len(), 16);
}
