//! Numbers as a user reads them: binary units with three significant digits, rates, durations in words, dates.

use std::time::Duration;

use chrono::{DateTime, Local};

use crate::t;

const BINARY: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DECIMAL: [&str; 6] = ["B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s"];

/// "1.2 GiB", "512 MiB".
pub fn bytes(bytes: u64) -> String {
    let (value, unit) = scaled(bytes as f64, 1024.0, &BINARY);
    format!("{value} {unit}")
}

/// "1.2 / 4 GiB": both in the unit of the whole.
pub fn bytes_of(part: u64, whole: u64) -> String {
    let power = power_of(whole as f64, 1024.0, BINARY.len());
    let divisor = 1024_f64.powf(power as f64);
    let unit = BINARY.get(power).copied().unwrap_or("B");
    format!(
        "{} / {} {unit}",
        three_digits(part as f64 / divisor),
        three_digits(whole as f64 / divisor)
    )
}

/// "80 kB/s": decimal, as network and disk makers count.
pub fn rate(bytes_per_second: f64) -> String {
    let (value, unit) = scaled(bytes_per_second.max(0.0), 1000.0, &DECIMAL);
    format!("{value} {unit}")
}

/// "0.51 ms", "1.2 s".
pub fn millis(millis: f64) -> String {
    if millis < 999.5 {
        t!("units-millis", value = three_digits(millis.max(0.0)))
    } else {
        t!("units-seconds", value = three_digits(millis / 1_000.0))
    }
}

/// "12", "1.23k": a number that is not to be read to its last digit.
pub fn count(count: f64) -> String {
    let (value, unit) = scaled(count.max(0.0), 1000.0, &["", "k", "M", "G"]);
    format!("{value}{unit}")
}

/// "12 %"; one digit after the point below ten.
pub fn percent(percent: f32) -> String {
    let value = if percent < 9.95 {
        trimmed(format!("{percent:.1}"))
    } else {
        format!("{percent:.0}")
    };
    t!("units-percent", value = value)
}

/// "3 h 12 min", "2 days 4 h", "12 s": the two largest parts.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration < Duration::from_secs(10) && duration.subsec_millis() > 50 {
        let value = trimmed(format!("{:.1}", duration.as_secs_f64()));
        return t!("units-seconds", value = value);
    }
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => t!("units-seconds", value = seconds.to_string()),
        (0, 0, 1..=9) if !seconds.is_multiple_of(60) => {
            t!("units-minutes-seconds", minutes = minutes, seconds = seconds % 60)
        }
        (0, 0, _) => t!("units-minutes", value = minutes),
        (0, _, 0) => t!("units-hours", value = hours),
        (0, _, _) => t!("units-hours-minutes", hours = hours, minutes = minutes),
        (_, 0, _) => t!("units-days", value = days),
        _ => t!("units-days-hours", days = days, hours = hours),
    }
}

/// "up 3 h 12 min". `None` where the clock went backwards.
pub fn uptime(started_at_millis: i64, now_millis: i64) -> Option<String> {
    let millis = u64::try_from(now_millis - started_at_millis).ok()?;
    // Whole seconds: tenths would make the row twitch.
    let text = duration(Duration::from_secs(millis / 1000));
    Some(t!("units-uptime", duration = text))
}

/// "just now", "5 min ago", "3 days ago".
pub fn age(at_millis: i64, now_millis: i64) -> String {
    let seconds = (now_millis - at_millis).max(0) as u64 / 1000;
    let coarse = match seconds {
        0..60 => return t!("units-just-now"),
        60..3_600 => seconds / 60 * 60,
        3_600..86_400 => seconds / 3_600 * 3_600,
        _ => seconds / 86_400 * 86_400,
    };
    t!("units-ago", duration = duration(Duration::from_secs(coarse)))
}

/// Milliseconds until [`age`] says something else.
pub fn age_changes_after(at_millis: i64, now_millis: i64) -> u64 {
    let millis = (now_millis - at_millis).max(0) as u64;
    let step = match millis / 1_000 {
        0..3_600 => 60_000,
        3_600..86_400 => 3_600_000,
        _ => 86_400_000,
    };
    // A clock that was set back: the age stays zero until it has caught up.
    let behind = (at_millis - now_millis).max(0) as u64;
    behind + step - millis % step
}

/// "2026-11-21 12:00" in the computer's time zone; unambiguous in every language.
pub fn date_time(unix_seconds: i64) -> String {
    local(unix_seconds).map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M").to_string())
}

/// "12:00:31".
pub fn time_of_day(unix_millis: i64) -> String {
    local(unix_millis.div_euclid(1000)).map_or_else(String::new, |time| time.format("%H:%M:%S").to_string())
}

/// A name for a snapshot taken now: "2026-11-21-120031". Fit for a file name, and two a second apart differ.
pub fn snapshot_name() -> String {
    Local::now().format("%Y-%m-%d-%H%M%S").to_string()
}

/// libvirt's packed versions: 11003000 is "11.3.0".
pub fn version(packed: u64) -> String {
    format!("{}.{}.{}", packed / 1_000_000, packed / 1_000 % 1_000, packed % 1_000)
}

fn local(unix_seconds: i64) -> Option<DateTime<Local>> {
    DateTime::from_timestamp(unix_seconds, 0).map(|time| time.with_timezone(&Local))
}

fn scaled(value: f64, base: f64, units: &[&'static str]) -> (String, &'static str) {
    let power = power_of(value, base, units.len());
    let text = three_digits(value / base.powf(power as f64));
    (text, units.get(power).copied().unwrap_or_default())
}

/// How often `base` goes into `value`, where 999.5 and more is one of the next unit already.
fn power_of(value: f64, base: f64, units: usize) -> usize {
    let mut power = 0;
    let mut rest = value;
    while rest >= base - 0.5 && power + 1 < units {
        rest /= base;
        power += 1;
    }
    power
}

fn three_digits(value: f64) -> String {
    let text = if value >= 99.95 {
        return format!("{value:.0}");
    } else if value >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    trimmed(text)
}

/// Without zeros that say nothing: "4.00" is "4".
fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_significant_digits_and_no_idle_zeros() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(4 << 30), "4 GiB");
        assert_eq!(bytes(1_288_490_188), "1.2 GiB");
        assert_eq!(bytes(12_345_678_901), "11.5 GiB");
        assert_eq!(bytes(1_048_575), "1 MiB");
        assert_eq!(bytes(u64::MAX), "16384 PiB");
        assert_eq!(bytes_of(1_288_490_188, 4 << 30), "1.2 / 4 GiB");
    }

    #[test]
    fn rates_are_decimal_and_per_second() {
        assert_eq!(rate(80_000.0), "80 kB/s");
        assert_eq!(rate(2_000_000.0), "2 MB/s");
        assert_eq!(rate(999.9), "1 kB/s");
        assert_eq!(rate(-1.0), "0 B/s");
    }

    #[test]
    fn latencies_and_counts_have_three_digits() {
        assert_eq!(
            [millis(0.0512), millis(12.34), millis(2_500.0)],
            ["0.05 ms", "12.3 ms", "2.5 s"]
        );
        assert_eq!([count(0.25), count(999.0), count(12_345.0)], ["0.25", "999", "12.3k"]);
        assert_eq!((millis(-1.0), count(-1.0)), ("0 ms".to_owned(), "0".to_owned()));
    }

    #[test]
    fn durations_are_told_in_words() {
        let of = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(of(0), "0 s");
        assert_eq!(of(59), "59 s");
        assert_eq!(of(61), "1 min 1 s");
        assert_eq!(of(11_520), "3 h 12 min");
        assert_eq!(of(187_200), "2 days 4 h");
        assert_eq!(duration(Duration::from_millis(1_840)), "1.8 s");
        assert_eq!(uptime(0, 11_520_900).as_deref(), Some("up 3 h 12 min"));
        assert_eq!(uptime(1, 0), None);
    }

    #[test]
    fn ages_are_coarse() {
        assert_eq!(age(0, 30_000), "just now");
        assert_eq!(age(0, 5 * 60_000 + 59_000), "5 min ago");
        assert_eq!(age(0, 26 * 3_600_000), "1 day ago");
    }

    #[test]
    fn an_age_tells_when_it_will_be_another() {
        for (at, now) in [
            (0, 0),
            (0, 59_999),
            (0, 61_500),
            (500, 3_599_000),
            (0, 9_000_000),
            (0, 200_000_000),
        ] {
            let after = i64::try_from(age_changes_after(at, now)).unwrap();
            assert_ne!(age(at, now + after), age(at, now), "{at} {now}");
            assert_eq!(age(at, now + after - 1), age(at, now), "{at} {now}");
        }
        assert_eq!(age_changes_after(5_000, 0), 65_000);
    }

    #[test]
    fn percentages_keep_one_digit_only_while_small() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(3.12), "3.1 %");
        assert_eq!(percent(12.4), "12 %");
        assert_eq!(percent(9.96), "10 %");
    }
}
