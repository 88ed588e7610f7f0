//! Counts, shares, changes and bytes.

use goscope_analysis::value::{format_value, percentage};

/// A share of a total, as pprof prints it: `12.30%`.
pub fn share(value: i64, total: i64) -> String {
    percentage(value, total).trim_start().to_owned()
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

/// A size: `1.50MB`.
pub fn bytes(bytes: u64) -> String {
    format_value(i64::try_from(bytes).unwrap_or(i64::MAX), "bytes", "auto")
}

/// `1 goroutine`, `2,615 goroutines`.
pub fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The relative change of a value: `+12.3%`, `new`, `gone`, `±0%`.
pub fn change(base: i64, head: i64) -> String {
    match (base, head) {
        (0, 0) => "–".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        (base, head) if base == head => "±0%".to_owned(),
        (base, head) => {
            let percent = (head as f64 - base as f64) / (base as f64).abs() * 100.0;
            if percent.abs() >= 1000.0 { format!("{percent:+.0}%") } else { format!("{percent:+.1}%") }
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
        let texts: Vec<String> = texts.iter().map(|&(base, head)| change(base, head)).collect();
        assert_eq!(texts, ["+12.0%", "-50.0%", "new", "gone", "±0%", "–", "+9900%"]);
    }

    #[test]
    fn sizes_are_pprofs() {
        assert_eq!([0, 1_536, u64::MAX].map(bytes), ["0", "1.50kB", "8192PB"]);
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
