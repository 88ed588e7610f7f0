//! Counts, shares, changes and bytes.

/// A share of a total with one decimal: `12.3%`; `<0.1%` for what is less but not nothing.
pub fn share(value: i64, total: i64) -> String {
    let share = if total == 0 { 0.0 } else { (value as f64 / total as f64).abs() };
    match value {
        0 => "0%".to_owned(),
        _ if share < 0.0005 => "<0.1%".to_owned(),
        _ if value == total => "100%".to_owned(),
        _ => percent(share),
    }
}

/// A share between 0 and 1 with one decimal: `12.3%`.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// A share between 0 and 1 with two decimals, for small shares: `0.12%`.
pub fn fine_percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// A share as a number between 0 and 1, for the bar behind it.
pub fn fraction(value: i64, total: i64) -> f32 {
    if total == 0 { 0.0 } else { (value as f64 / total as f64).abs().min(1.0) as f32 }
}

/// A size with three digits: `1.50 MB`, `512 B`; 1 kB is 1024 B, as in Go's own tools.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1024 {
        return format!("{} B", count(bytes as usize));
    }
    let mut number = bytes as f64;
    let mut unit = "";
    for name in UNITS {
        // What would be rounded to 1024 is one of the next unit.
        if number < 1023.5 {
            break;
        }
        number /= 1024.0;
        unit = name;
    }
    format!("{} {unit}", three_digits(number))
}

/// The same with a sign.
pub(super) fn bytes_signed(value: i64) -> String {
    format!("{}{}", sign(value), bytes(value.unsigned_abs()))
}

/// A whole number with commas and its sign, if it is negative.
pub(super) fn count_signed(value: i64) -> String {
    format!("{}{}", sign(value), count(value.unsigned_abs() as usize))
}

const fn sign(value: i64) -> &'static str {
    if value < 0 { "-" } else { "" }
}

/// A number of at least 1 with three digits, or all that it has before the point.
pub(super) fn three_digits(number: f64) -> String {
    let digits = match number {
        number if number < 9.995 => 2,
        number if number < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$}")
}

/// `1 goroutine`, `2,615 goroutines`.
pub fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The relative change of a value: `+12.3%`, from three times on `×9.6`; `new`, `gone`, `±0%`.
pub fn change(base: i64, head: i64) -> String {
    match (base, head) {
        (0, 0) => "–".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        (base, head) if base == head => "±0%".to_owned(),
        (base, head) => {
            let times = head as f64 / base as f64;
            match times {
                99.5.. => format!("×{}", count(times.round() as usize)),
                3.0.. => format!("×{times:.1}"),
                _ => format!("{:+.1}%", (head as f64 - base as f64) / (base as f64).abs() * 100.0),
            }
        }
    }
}

/// A whole number with commas between thousands: `1,234,567`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A short form of a whole number: `2,615`, `374k`, `4.01M`.
pub fn short_count(number: u64) -> String {
    match number {
        0..=9_999 => count(number as usize),
        10_000..=999_999 => format!("{}k", number / 1_000),
        1_000_000..=99_999_999 => format!("{:.2}M", number as f64 / 1e6),
        _ => format!("{}M", count((number / 1_000_000) as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_in_percent_of_the_base() {
        let texts = [(100, 112), (100, 50), (0, 5), (5, 0), (7, 7), (0, 0), (1, 100)];
        assert_eq!(
            [change(10, 96), change(10, 29), change(-10, 20), change(1, 5_000)],
            ["×9.6", "+190.0%", "+300.0%", "×5,000"]
        );
        let texts: Vec<String> = texts.iter().map(|&(base, head)| change(base, head)).collect();
        assert_eq!(texts, ["+12.0%", "-50.0%", "new", "gone", "±0%", "–", "×100"]);
    }

    #[test]
    fn shares_have_one_decimal_and_what_is_little_is_not_nothing() {
        let texts = [(0, 7), (1, 1_000_000), (1, 8), (-1, 8), (8, 8), (999_999, 1_000_000), (3, 0)];
        let texts = texts.map(|(value, total)| share(value, total));
        assert_eq!(texts, ["0%", "<0.1%", "12.5%", "12.5%", "100%", "100.0%", "<0.1%"]);
    }

    #[test]
    fn sizes_have_three_digits() {
        let texts = [0, 1_023, 1_024, 1_536, 24_117_248, 1_048_063, 1_048_064, u64::MAX].map(bytes);
        assert_eq!(
            texts,
            ["0 B", "1,023 B", "1.00 kB", "1.50 kB", "23.0 MB", "1023 kB", "1.00 MB", "16.0 EB"]
        );
        assert_eq!(
            [percent(0.1234), counted(1, "task"), counted(2_615, "task")],
            ["12.3%", "1 task", "2,615 tasks"]
        );
    }

    #[test]
    fn counts_have_commas_between_thousands() {
        let texts: Vec<String> = [7, 1_234, 1_234_567].iter().map(|&number| count(number)).collect();
        assert_eq!(texts, ["7", "1,234", "1,234,567"]);
    }

    #[test]
    fn large_counts_are_shortened_where_there_is_little_room() {
        let texts = [7, 2_615, 374_999, 4_010_000, 1_500_000_000].map(short_count);
        assert_eq!(texts, ["7", "2,615", "374k", "4.01M", "1,500M"]);
    }
}
