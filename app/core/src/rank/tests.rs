use super::*;

const FACTS: Facts<'_> = Facts {
    name: "a",
    ending: Ending::Complete,
    code: Some("def f():\n    return 1"),
    cut_in_code: false,
    language: Language::Python,
    wanted: Language::Python,
};
const FOREIGN: Facts<'_> = Facts { name: "foreign", code: Some("<p>hi"), language: Language::Html, ..FACTS };
const SHORT: Facts<'_> = Facts { name: "short", code: Some("x = 1"), ..FACTS };
const STUB: Facts<'_> = Facts { name: "stub", code: Some("def f():\n    pass"), ..FACTS };
const CUT: Facts<'_> = Facts { name: "cut", cut_in_code: true, ..FACTS };
const LIMIT: Facts<'_> = Facts { name: "limit", ending: Ending::Length, ..FACTS };
const STOPPED: Facts<'_> = Facts { name: "stopped", ending: Ending::Interrupted, ..FACTS };
const SILENT: Facts<'_> = Facts { name: "silent", code: None, ..FACTS };
const FAILED: Facts<'_> = Facts { name: "failed", ending: Ending::Failed, code: None, ..FACTS };

#[track_caller]
fn check(facts: &[Facts<'_>], order: &[&str], decided: Option<Rung>, verdict: &str) {
    let ranking = rank(facts);
    let names: Vec<_> = ranking.order.iter().map(|at| facts[*at].name).collect();
    assert_eq!((&names[..], ranking.decided, ranking.verdict.as_str()), (order, decided, verdict));
}

#[test]
fn complete_code_comes_before_stubs_before_cut_off_code_before_none() {
    check(
        &[FAILED, CUT, STUB, FACTS],
        &["a", "stub", "cut", "failed"],
        Some(Rung::Usable),
        "It is complete, where stub has a placeholder at line 2.",
    );
    check(
        &[CUT, FACTS],
        &["a", "cut"],
        Some(Rung::Usable),
        "It is complete, where cut was cut off at line 2.",
    );
    check(
        &[STOPPED, STUB],
        &["stub", "stopped"],
        Some(Rung::Usable),
        "It goes to its end, where stopped was interrupted at line 2.",
    );
    check(
        &[FOREIGN, CUT],
        &["cut", "foreign"],
        Some(Rung::Usable),
        "It is in the language that was asked for, where foreign is HTML.",
    );
    check(
        &[LIMIT, FACTS],
        &["a", "limit"],
        Some(Rung::Usable),
        "It is complete, where limit reached its limit after line 2.",
    );
}

#[test]
fn who_alone_has_code_is_first_without_a_decision() {
    check(&[SILENT, FACTS], &["a", "silent"], None, "It is the only one that delivered code.");
    check(
        &[CUT, FAILED],
        &["cut", "failed"],
        None,
        "It is the only one that delivered code; it was cut off at line 2.",
    );
    check(&[FACTS], &["a"], None, "It is the only answer.");
}

#[test]
fn nobody_with_code_is_said() {
    check(&[SILENT, FAILED], &["silent", "failed"], None, "No model delivered code.");
    check(&[], &[], None, "");
    assert!(!rank(&[SILENT, FAILED]).any_usable);
    assert!(rank(&[SILENT, CUT]).any_usable);
}

#[test]
fn equals_keep_their_order_however_long_they_are() {
    check(
        &[SHORT, FACTS],
        &["short", "a"],
        None,
        "Practically equal: nothing known so far sets it apart from a.",
    );
    check(
        &[FACTS, SHORT],
        &["a", "short"],
        None,
        "Practically equal: nothing known so far sets it apart from short.",
    );
    check(&[FACTS, Facts { name: "b", ..FACTS }], &["a", "b"], None, "Practically equal: b wrote the same.");
}

#[test]
fn of_three_the_one_closest_to_the_others_is_first() {
    let near = Facts { name: "near", code: Some("def f(a):\n    return a + 1 # one"), ..FACTS };
    let odd = Facts { name: "odd", code: Some("import sys\nx = sys.argv"), ..FACTS };
    let mixed =
        Facts { name: "mixed", code: Some("import sys\nx = sys.argv\ndef f(a):\n    return a + 1"), ..FACTS };
    check(
        &[odd, mixed, near],
        &["mixed", "near", "odd"],
        Some(Rung::Consensus),
        "It is the closest to what the others wrote (0.43).",
    );
    check(
        &[odd, near, FACTS],
        &["near", "a", "odd"],
        None,
        "Practically equal: nothing known so far sets it apart from a.",
    );
}

#[test]
fn evidence_names_place_and_figure_and_leaves_the_unknown_open() {
    for (facts, mark, figure, sentence) in [
        (FACTS, Mark::Pass, "complete", "Ended by itself, no placeholders."),
        (STUB, Mark::Part, "1 placeholder", "Line 2 holds a placeholder: a function with only pass."),
        (CUT, Mark::Part, "cut off", "Cut off at line 2."),
        (LIMIT, Mark::Part, "limit reached", "Reached its limit after line 2; there may be more."),
        (STOPPED, Mark::Part, "interrupted", "Interrupted at line 2."),
        (FOREIGN, Mark::Fail, "HTML", "It is HTML; Python was asked for."),
        (SILENT, Mark::Fail, "no code", "The answer holds no code."),
        (FAILED, Mark::Fail, "failed", "It failed before it delivered code."),
    ] {
        let evidence = rank(&[facts]).evidence.swap_remove(0);
        assert_eq!(evidence.iter().map(|rung| rung.rung).collect::<Vec<_>>(), Rung::ALL);
        let first = &evidence[0];
        assert_eq!((first.mark, first.figure.as_str(), first.sentence.as_str()), (mark, figure, sentence));
        for other in &evidence[1..] {
            assert_eq!((other.mark, other.figure.as_str(), other.sentence.as_str()), (Mark::Unknown, "", ""));
        }
    }
}

#[test]
fn consensus_is_marked_for_those_with_a_voice() {
    let other = Facts { name: "b", code: Some("def f():\n    return 2"), ..FACTS };
    let ranking = rank(&[FACTS, FACTS, other, CUT]);
    let marks: Vec<_> =
        ranking.evidence.iter().map(|rungs| (rungs[4].mark, rungs[4].figure.as_str())).collect();
    assert_eq!(marks[0].0, Mark::Pass);
    assert_eq!(marks[0], marks[1]);
    assert_eq!(marks[2].0, Mark::Part);
    assert_eq!(marks[3], (Mark::Unknown, ""));
}

#[test]
fn stubs_beyond_the_first_are_counted() {
    let code = "# TODO\n# TODO\n# TODO\n";
    let evidence = rank(&[Facts { code: Some(code), ..FACTS }]).evidence.swap_remove(0).swap_remove(0);
    assert_eq!(evidence.figure, "3 placeholders");
    assert_eq!(evidence.sentence, "Line 1 holds a placeholder: TODO, and 2 more places like it.");
}
