//! Numbers as the window prints them, where the analysis' own texts are made for fixed-width reports.

use goscope_analysis::value::percentage;

/// A share of a total: `12.30%`.
pub fn share_text(value: i64, total: i64) -> String {
    percentage(value, total).trim_start().to_owned()
}

/// A share as a number between 0 and 1, for bars.
pub fn share(value: i64, total: i64) -> f32 {
    if total == 0 { 0.0 } else { (value as f64 / total as f64).abs().min(1.0) as f32 }
}

/// How much a value changed in percent of what it was: `+12.3%`, `new`, `gone`, `same`.
pub fn change_text(base: i64, head: i64) -> String {
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
pub fn count_text(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number in at most five characters and a bit: `2,615`, `374k`, `4.01M`.
pub fn short_count_text(count: u64) -> String {
    match count {
        0..=9_999 => count_text(count as usize),
        10_000..=999_999 => format!("{}k", count / 1_000),
        1_000_000..=99_999_999 => format!("{:.2}M", count as f64 / 1e6),
        _ => format!("{}M", count_text((count / 1_000_000) as usize)),
    }
}

/// A moment as `2026-11-23 06:44 UTC`.
pub fn utc_text(nanos_since_1970: i64) -> String {
    const SECONDS_A_DAY: i64 = 86_400;
    let seconds = nanos_since_1970.div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(SECONDS_A_DAY), seconds.rem_euclid(SECONDS_A_DAY));
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar: counted in eras of 400 years
/// that begin on the first of March, so that the leap day is the last of a year.
fn date_of(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        let texts = [0, -1, 951_782_400_000_000_000, 1_795_416_263_000_000_000].map(utc_text);
        let expected =
            ["1970-01-01 00:00 UTC", "1969-12-31 23:59 UTC", "2000-02-29 00:00 UTC", "2026-11-23 06:44 UTC"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn changes_are_told_in_percent_of_the_base() {
        let texts = [(100, 112), (100, 50), (0, 5), (5, 0), (7, 7), (0, 0), (1, 100)];
        let texts: Vec<String> = texts.iter().map(|&(base, head)| change_text(base, head)).collect();
        assert_eq!(texts, ["+12.0%", "-50.0%", "new", "gone", "±0%", "–", "+9900%"]);
    }

    #[test]
    fn counts_have_commas_between_thousands() {
        let texts: Vec<String> = [7, 1_234, 1_234_567].iter().map(|&count| count_text(count)).collect();
        assert_eq!(texts, ["7", "1,234", "1,234,567"]);
    }

    #[test]
    fn large_counts_are_shortened_where_there_is_little_room() {
        let texts = [7, 2_615, 374_999, 4_010_000, 1_500_000_000].map(short_count_text);
        assert_eq!(texts, ["7", "2,615", "374k", "4.01M", "1,500M"]);
    }
}
