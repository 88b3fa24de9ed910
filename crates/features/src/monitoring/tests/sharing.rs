//! Views that many look at.

use super::super::service::View;

#[test]
fn a_view_is_old_after_a_second_and_not_before() {
    let mut view = View::default();
    assert!(view.is_old(0), "never rendered");
    view.put(5_000_000, vec![("a", "1".to_owned())]);
    assert!(!view.is_old(5_999_999));
    assert!(view.is_old(6_000_000));
}

#[test]
fn a_viewer_gets_everything_once_and_then_what_changed() {
    let mut view = View::default();
    view.put(0, vec![("a", "<p id=a>1</p>".to_owned()), ("b", "<p id=b>1</p>".to_owned())]);
    let (all, seen) = view.since(0);
    assert_eq!(all, "<p id=a>1</p><p id=b>1</p>");
    assert_eq!(view.since(seen).0, "");
    view.put(1, vec![("a", "<p id=a>1</p>".to_owned()), ("b", "<p id=b>2</p>".to_owned())]);
    let (changed, now) = view.since(seen);
    assert_eq!(changed, "<p id=b>2</p>");
    assert!(now > seen);
    // Somebody who comes later starts with everything.
    assert_eq!(view.since(0).0, "<p id=a>1</p><p id=b>2</p>");
}
