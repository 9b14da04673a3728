//! Money, prices, costs and sums by example, and what holds for all of them.

use proptest::prelude::*;

use super::*;

/// A date on which the shipped lists hold as they were read.
const TODAY: Day = Day::on(2026, 11, 20);

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn known(text: &str) -> Rate {
    Rate::Known(text.parse().unwrap())
}

mod shown {
    use super::*;

    #[track_caller]
    fn check(nanos: u64, expect: &str) {
        assert_eq!(Money::from_nanos(nanos).to_string(), expect);
    }

    #[test]
    fn small_amounts_keep_two_figures_and_large_ones_their_cents() {
        check(0, "$0");
        check(1, "<$0.0001");
        check(99_999, "<$0.0001");
        check(100_000, "$0.0001");
        check(400_000, "$0.0004");
        check(1_234_000, "$0.0012");
        check(12_000_000, "$0.012");
        check(50_000_000, "$0.05");
        check(123_400_000, "$0.12");
        check(500_000_000, "$0.50");
        check(1_230_000_000, "$1.23");
        check(5_000_000_000, "$5.00");
        check(12_300_000_000, "$12.30");
        check(120_000_000_000, "$120");
        check(u64::MAX, "$18446744073");
    }

    #[test]
    fn amounts_are_rounded_into_the_next_form() {
        check(149_999, "$0.0001");
        check(150_000, "$0.0002");
        check(9_960_000, "$0.01");
        check(99_600_000, "$0.10");
        check(995_000_000, "$1.00");
        check(99_994_999_999, "$99.99");
        check(99_995_000_000, "$100");
        check(100_499_999_999, "$100");
    }
}

mod typed {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<u64, NotMoney>) {
        assert_eq!(text.parse::<Money>().map(Money::nanos), expect, "{text:?}");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for half in ["0.5", "0,5", ".5", "0.50", "$0.50", "$ 0.5", "0,50 $", " 0.500000000 "] {
            check(half, Ok(500_000_000));
        }
        check("0", Ok(0));
        check("3", Ok(3_000_000_000));
        check("3.", Ok(3_000_000_000));
        check("0,125", Ok(125_000_000));
        check("1.125", Ok(1_125_000_000));
        check("0.000000001", Ok(1));
        check("1000000", Ok(Money::MOST_TYPED.nanos()));
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_reason() {
        for text in ["", " ", "$"] {
            check(text, Err(NotMoney::Empty));
        }
        for text in [".", "$,", "-1", "+1", "1e3", "1.2.3", "1,000.50", "$1$", "1 000", "€5", "five", "٣"]
        {
            check(text, Err(NotMoney::NotANumber));
        }
        check("1,000", Err(NotMoney::ThousandOrOne));
        check("$12,500", Err(NotMoney::ThousandOrOne));
        check("0.0000000001", Err(NotMoney::TooFine));
        check("1000000.01", Err(NotMoney::TooLarge));
        check("99999999999999999999999", Err(NotMoney::TooLarge));
    }
}

mod prices {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let price: Price = text.parse().unwrap();
        assert_eq!(price.to_string(), expect);
        assert_eq!(expect.parse(), Ok(price));
    }

    #[track_caller]
    fn check_no(text: &str, expect: NotPrice) {
        assert_eq!(text.parse::<Price>(), Err(expect), "{text:?}");
    }

    #[test]
    fn prices_are_written_as_they_are_read() {
        check("0.3/2.5", "0.30 / 2.50");
        check(" $0,075 / 10 ", "0.075 / 10.00");
        check("0 / 0.000001", "0.00 / 0.000001");
        check("1.25/10;above 200000:2.5/15", "1.25 / 10.00; above 200000: 2.50 / 15.00");
    }

    #[test]
    fn what_is_no_price_is_refused_with_its_reason() {
        for text in ["", "1", "1 / 2;", "1 / 2; 3 / 4", "1 / 2; above x: 3 / 4", "1 / 2; above 5 3 / 4"] {
            check_no(text, NotPrice::Form);
        }
        check_no("1 /", NotPrice::Amount(NotMoney::Empty));
        check_no("1 / 2 / 3", NotPrice::Amount(NotMoney::NotANumber));
        check_no("0.0000001 / 1", NotPrice::Amount(NotMoney::TooFine));
        check_no("1 / 10001", NotPrice::Amount(NotMoney::TooLarge));
    }
}

mod rates {
    use super::*;

    /// `asked` is `provider/model`; an answering version may follow behind an arrow, and a `!` says "at home".
    #[track_caller]
    fn check(own: &[(&str, &str)], asked: &str, expect: Rate) {
        let own = own.iter().map(|(key, price)| ((*key).into(), price.parse().unwrap())).collect();
        let (asked, at_home) = asked.strip_suffix('!').map_or((asked, false), |asked| (asked, true));
        let (model, answered_as) =
            asked.split_once(" -> ").map_or((asked, None), |(asked, answered)| (asked, Some(answered)));
        let model = model.parse().unwrap();
        let who = Answerer { model: &model, answered_as, at_home };
        assert_eq!(Prices::new(own).rate(who, TODAY), expect, "{asked}");
    }

    #[test]
    fn the_shipped_price_counts_where_the_user_has_none() {
        check(&[], "openai/gpt-4.1", known("2 / 8"));
        check(&[], "openai/gpt-9", Rate::Unknown);
        check(&[], "desk/gpt-4.1", Rate::Unknown);
    }

    #[test]
    fn a_moving_name_costs_what_answers_for_it() {
        check(&[], "gemini/gemini-flash-latest", Rate::Unknown);
        check(&[], "gemini/gemini-flash-latest -> gemini-3.5-flash", known("1.50 / 9"));
        check(&[], "gemini/gemini-3.5-flash -> gemini-9-flash", Rate::Unknown);
    }

    #[test]
    fn home_is_free() {
        check(&[], "ollama/qwen2.5-coder:14b!", Rate::Free);
        check(&[], "ollama/qwen3-coder:480b-cloud", Rate::Unknown);
    }

    #[test]
    fn prices_of_the_users_own_go_first() {
        check(&[("openai/gpt-4.1", "1 / 2")], "openai/gpt-4.1", known("1 / 2"));
        check(&[("gpt-4.1", "1 / 2")], "desk/gpt-4.1", known("1 / 2"));
        check(&[("openai/gpt-4.1", "1 / 2")], "desk/gpt-4.1", Rate::Unknown);
        check(&[("ollama/codellama", "0 / 0.1")], "ollama/codellama!", known("0 / 0.1"));
        check(&[("desk/Qwen/Qwen3-8B", "1 / 2")], "desk/Qwen/Qwen3-8B", known("1 / 2"));
        check(&[("Qwen/Qwen3-8B", "1 / 2")], "desk/Qwen/Qwen3-8B", known("1 / 2"));
    }

    #[test]
    fn the_narrower_of_the_users_own_prices_counts() {
        check(&[("gpt-5", "1 / 2"), ("openai/gpt-5", "3 / 4")], "openai/gpt-5", known("3 / 4"));
        let own = [("gemini-flash-latest", "1 / 2"), ("gemini-9-flash", "3 / 4")];
        check(&own, "gemini/gemini-flash-latest", known("1 / 2"));
        check(&own, "gemini/gemini-flash-latest -> gemini-9-flash", known("3 / 4"));
        check(&own, "gemini/gemini-flash-latest -> gemini-3.5-flash", known("1 / 2"));
    }
}

mod costs {
    use super::*;

    const GUESS: Guess = Guess { prompt: 1_000, written: 2_000 };

    #[track_caller]
    fn check(rate: Rate, counts: [Option<u64>; 3], expect: Option<&str>) {
        let [prompt_tokens, completion_tokens, reasoning_tokens] = counts;
        let usage = Usage { prompt_tokens, completion_tokens, reasoning_tokens, ..Usage::default() };
        assert_eq!(cost(rate, &usage, GUESS), expect.map(money));
    }

    #[test]
    fn what_is_counted_is_paid_and_reasoning_is_paid_as_output() {
        check(known("2 / 8"), [Some(1_000_000), Some(0), None], Some("2"));
        check(known("2 / 8"), [Some(0), Some(1_000_000), None], Some("8"));
        check(known("2 / 8"), [Some(0), Some(250_000), Some(750_000)], Some("8"));
        check(known("0.30 / 2.50"), [Some(1_200), Some(900), Some(100)], Some("0.00286"));
        check(known("0.000001 / 1"), [Some(1), Some(0), None], Some("0.000000001"));
    }

    #[test]
    fn what_is_not_counted_is_guessed() {
        check(known("1 / 10"), [None, Some(0), None], Some("0.001"));
        check(known("1 / 10"), [Some(0), None, None], Some("0.02"));
        check(known("1 / 10"), [Some(0), None, Some(500)], Some("0.02"));
        check(known("1 / 10"), [Some(0), None, Some(5_000)], Some("0.05"));
    }

    #[test]
    fn a_long_prompt_changes_the_price_of_the_whole_call() {
        let tiered = known("1 / 10; above 200000: 2 / 15");
        check(tiered, [Some(200_000), Some(100_000), None], Some("1.20"));
        check(tiered, [Some(200_001), Some(100_000), None], Some("1.900002"));
    }

    #[test]
    fn free_costs_nothing_and_unknown_is_unknown() {
        check(Rate::Free, [Some(5), Some(5), None], Some("0"));
        check(Rate::Unknown, [Some(5), Some(5), None], None);
    }

    #[test]
    fn a_cost_stops_at_the_largest_amount() {
        let usage = Usage {
            prompt_tokens: Some(u64::MAX),
            completion_tokens: Some(u64::MAX),
            reasoning_tokens: Some(u64::MAX),
            ..Usage::default()
        };
        assert_eq!(cost(known("10000 / 10000"), &usage, GUESS), Some(Money::from_nanos(u64::MAX)));
    }
}

mod estimates {
    use super::*;

    #[track_caller]
    fn check(rate: Rate, max_tokens: Option<u32>, expect: Option<(&str, Option<&str>)>) {
        let expect = expect
            .map(|(typical, at_most)| Estimate { typical: money(typical), at_most: at_most.map(money) });
        assert_eq!(estimate(rate, 1_000, max_tokens, 2_000), expect);
    }

    #[test]
    fn only_a_limit_on_the_answer_limits_the_cost() {
        check(known("1 / 10"), None, Some(("0.021", None)));
        check(known("1 / 10"), Some(8_000), Some(("0.021", Some("0.081"))));
        check(known("1 / 10"), Some(500), Some(("0.006", Some("0.006"))));
        check(Rate::Free, Some(8_000), Some(("0", Some("0"))));
        check(Rate::Unknown, Some(8_000), None);
    }
}

mod tokens {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: u64) {
        assert_eq!(tokens_of(text), expect, "{text:?}");
    }

    #[test]
    fn four_characters_are_a_token_but_east_asian_ones_are_each() {
        check("", 0);
        check("a", 1);
        check("abcd", 1);
        check("abcde", 2);
        check("été!", 1);
        check("你好", 2);
        check("写一个 sort()", 3 + 2);
        check("こんにちは。", 6);
        check("안녕하세요", 5);
        check("𠮷", 1);
    }
}

mod totals {
    use super::*;

    #[track_caller]
    fn check(costs: &[Option<&str>], known: &str, unknown: usize) {
        let total: Total = costs.iter().map(|cost| cost.map(money)).collect();
        assert_eq!(total, Total { known: money(known), unknown });
    }

    #[test]
    fn unknown_costs_are_counted_beside_the_sum() {
        check(&[], "0", 0);
        check(&[Some("0.0005"), Some("0.0007")], "0.0012", 0);
        check(&[Some("0.0005"), None, Some("0.0007"), None], "0.0012", 2);
    }

    #[test]
    fn sums_stop_at_the_largest_amount() {
        let most = Money::from_nanos(u64::MAX);
        assert_eq!(most + money("1"), most);
        assert_eq!([most, most].into_iter().sum::<Money>(), most);
    }

    #[track_caller]
    fn check_cap(limit: Option<&str>, spent: &str, next: &str, expect: bool) {
        let cap = Cap { limit: limit.map(money) };
        assert_eq!(cap.over(money(spent), money(next)), expect);
    }

    #[test]
    fn a_cap_may_be_reached_and_not_passed() {
        check_cap(None, "1000000", "1000000", false);
        check_cap(Some("0.50"), "0.30", "0.20", false);
        check_cap(Some("0.50"), "0.30", "0.200000001", true);
        check_cap(Some("0.50"), "0.60", "0", true);
        check_cap(Some("0"), "0", "0", false);
        check_cap(Some("0"), "0", "0.000000001", true);
    }
}

fn amounts() -> impl Strategy<Value = u64> {
    // Every order of magnitude is as likely as the others.
    (0_u32..=15).prop_flat_map(|zeros| 0..=10_u64.pow(zeros))
}

fn any_price() -> impl Strategy<Value = Price> {
    let cents = || (0_u32..20_000, 0_u32..20_000);
    (cents(), prop::option::of((1_u64..500_000, 0_u32..5_000, 0_u32..5_000))).prop_map(
        |((input, output), more)| {
            let mut price = Price::new(PerMillion::cents(input), PerMillion::cents(output));
            price.long = more.map(|(above, more_in, more_out)| LongPrompts {
                above,
                input: PerMillion::cents(input + more_in),
                output: PerMillion::cents(output + more_out),
            });
            price
        },
    )
}

proptest! {
    #[test]
    fn what_is_shown_reads_as_the_same_amount(nanos in amounts()) {
        let amount = Money::from_nanos(nanos);
        let shown = amount.to_string();
        if nanos == 0 || nanos >= 100_000 {
            let read: Money = shown.parse().unwrap();
            prop_assert_eq!(read.to_string(), shown);
            // Half a ten-thousandth of a dollar, or one part in twenty: half of the second figure.
            prop_assert!(nanos.abs_diff(read.nanos()) <= (nanos / 20).max(50_000), "{} became {}", nanos, read.nanos());
        } else {
            prop_assert_eq!(shown.parse::<Money>(), Err(NotMoney::NotANumber));
        }
    }

    #[test]
    fn a_larger_amount_never_looks_smaller(a in amounts(), b in amounts()) {
        let read = |nanos| Money::from_nanos(nanos).to_string().parse::<Money>().unwrap_or(Money::from_nanos(1));
        prop_assert!(read(a.min(b)) <= read(a.max(b)));
    }

    #[test]
    fn prices_come_back_from_their_text(price in any_price()) {
        prop_assert_eq!(price.to_string().parse(), Ok(price));
    }

    #[test]
    fn more_tokens_never_cost_less(
        price in any_price(),
        prompt in 0_u64..1_000_000, answer in 0_u64..200_000, reasoned in prop::option::of(0_u64..200_000),
        more in (0_u64..100_000, 0_u64..100_000, 0_u64..100_000),
    ) {
        let usage = |prompt, answer, reasoned| Usage {
            prompt_tokens: Some(prompt), completion_tokens: Some(answer), reasoning_tokens: reasoned, ..Usage::default()
        };
        let rate = Rate::Known(price);
        let less = cost(rate, &usage(prompt, answer, reasoned), Guess::default());
        let reasoned = Some(reasoned.unwrap_or(0) + more.2);
        let most = cost(rate, &usage(prompt + more.0, answer + more.1, reasoned), Guess::default());
        prop_assert!(less.is_some() && less <= most);
    }

    #[test]
    fn an_estimate_is_never_above_its_limit(price in any_price(), prompt in 0_u64..500_000, limit: u32, typical: u64) {
        let estimate = estimate(Rate::Known(price), prompt, Some(limit), typical).unwrap();
        prop_assert!(Some(estimate.typical) <= estimate.at_most);
    }

    #[test]
    fn a_text_is_no_more_tokens_than_characters(text: String) {
        let (tokens, characters) = (tokens_of(&text), text.chars().count() as u64);
        prop_assert!(tokens <= characters && tokens >= characters.div_ceil(4));
    }
}
