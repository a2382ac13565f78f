//! What a worker's progress page may say while it works on one request.
//!
//! The page is memory that rules can write to. So a mark counts only when it is one that the request can
//! bring about, and when it is later than the last one that counted.

use std::time::Duration;

use crate::wire::Mark;

/// Tests of one unit-test file; the Python half keeps to it.
pub(crate) const FILE_TESTS_MAX: u32 = 65_536;

/// The marks of one request.
pub(crate) enum Course<'a> {
    /// None but idle.
    Idle,
    /// Loading the projects of a program, then its rules; a mark counts through both.
    Load {
        /// How many projects it has.
        project_count: usize,
        /// How many rules it has.
        rule_count: usize,
    },
    /// Running the `main.py` of one project, during which the page stays idle.
    Describe,
    /// Events through rules.
    Events {
        /// Serial number of the first event.
        first_serial: u32,
        /// Lists of rule indexes, ascending.
        plans: &'a [Vec<u32>],
        /// Which plan each event takes.
        plan_of: Vec<usize>,
    },
    /// Unit tests of one rule.
    Tests {
        /// Serial number of the first test.
        first_serial: u32,
        /// How many tests, at least 1.
        count: usize,
        /// The rule.
        rule: u32,
    },
    /// A Python unit-test file.
    File {
        /// Serial number of the first test; [`FILE_TESTS_MAX`] are set aside.
        first_serial: u32,
        /// Which file of the run.
        file: u32,
        /// Longest test.
        time_max: Duration,
    },
}

impl Course<'_> {
    /// Whether the request can bring about this mark; idle is none.
    pub(crate) fn allows(&self, mark: Mark) -> bool {
        let offset_of = |first: u32| usize::try_from(mark.serial().checked_sub(first)?).ok();
        match self {
            Course::Idle | Course::Describe => false,
            Course::Load { project_count, rule_count } => {
                let part_count = project_count + rule_count;
                let is_part = mark.rule().is_some_and(|part| (part as usize) < part_count);
                mark.is_loading() && mark.serial() == 0 && is_part
            }
            Course::Events { first_serial, plans, plan_of } => {
                let plan = offset_of(*first_serial).and_then(|offset| plan_of.get(offset));
                plan.is_some_and(|&plan| match mark.rule() {
                    Some(rule) => plans[plan].binary_search(&rule).is_ok(),
                    None => !mark.is_loading(),
                })
            }
            Course::Tests { first_serial, count, rule } => {
                let is_test = offset_of(*first_serial).is_some_and(|offset| offset < *count);
                is_test && mark.rule() == Some(*rule)
            }
            Course::File { first_serial, file, time_max: _ } => {
                // The last test is followed by one more mark.
                let is_test =
                    offset_of(*first_serial).is_some_and(|offset| offset <= FILE_TESTS_MAX as usize);
                is_test && mark.rule() == Some(*file)
            }
        }
    }

    /// Longest time at one mark that is not about loading code.
    pub(crate) fn time_limit(&self, rule_timeout: Duration) -> Duration {
        match self {
            Course::File { time_max, .. } => *time_max,
            _ => rule_timeout,
        }
    }

    /// Whether a mark of this course says that a project is loaded.
    pub(crate) fn is_project(&self, mark: Mark) -> bool {
        match self {
            Course::Load { project_count, .. } => {
                mark.rule().is_some_and(|part| (part as usize) < *project_count)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_of_the_request_are_allowed() {
        let plans = [vec![1, 4]];
        let events = Course::Events { first_serial: 7, plans: &plans, plan_of: vec![0, 0] };
        let mark = |serial: u64, rule: u64| Mark(serial << 32 | rule);
        for allowed in [mark(7, 0), mark(7, 2), mark(8, 5), Mark(1 << 63 | 8 << 32 | 5)] {
            assert!(events.allows(allowed), "{allowed:?}");
        }
        for refused in [mark(6, 2), mark(9, 2), mark(7, 3), Mark(1 << 63 | 7 << 32), Mark(u64::MAX), Mark(1)]
        {
            assert!(!events.allows(refused), "{refused:?}");
        }
        let load = Course::Load { project_count: 1, rule_count: 1 };
        assert!(load.allows(Mark(1 << 63 | 2)));
        assert!(load.is_project(Mark(1 << 63 | 1)) && !load.is_project(Mark(1 << 63 | 2)));
        assert!(!load.allows(Mark(1 << 63 | 3)) && !load.allows(Mark(2)) && !load.allows(Mark(1 << 63)));
        let tests = Course::Tests { first_serial: 3, count: 2, rule: 0 };
        assert!(tests.allows(mark(4, 1)) && !tests.allows(mark(5, 1)) && !tests.allows(mark(4, 2)));
        assert!(!Course::Idle.allows(mark(1, 1)));
        let second = Duration::from_secs(1);
        let file = Course::File { first_serial: 9, file: 2, time_max: second * 5 };
        assert!(file.allows(Mark(1 << 63 | 9 << 32 | 3)) && file.allows(mark(9 + 65_536, 3)));
        assert!(!file.allows(mark(8, 3)) && !file.allows(mark(9, 2)) && !file.allows(mark(9 + 65_537, 3)));
        assert_eq!((file.time_limit(second), tests.time_limit(second)), (second * 5, second));
    }
}
