/// @file
/// The times and limits of Mailman 2.1's runners, locks and master, each with its source.
/// Runners and the list's lock take their defaults from here, as do the simulator and planners.
#pragma once

namespace qslice::mailman_times {

// Seconds.

/// How long a runner sleeps if it has nothing to do, or if its mail server does not answer.
/// @source Defaults.py QRUNNER_SLEEP_TIME; OutgoingRunner.py, _snooze
inline constexpr double idle_sleep_s = 1;

/// How long the runner of retry/ sleeps after each look.
/// @source Queue/RetryRunner.py SLEEPTIME
inline constexpr double retry_sleep_s = 15 * 60;

/// How long temporarily failing recipients are retried.
/// @source Defaults.py DELIVERY_RETRY_PERIOD
inline constexpr double delivery_retry_period_s = 5 * 86400.0;

/// How long a runner waits for a list's lock before it puts the message back.
/// @source Defaults.py LIST_LOCK_TIMEOUT
inline constexpr double list_lock_timeout_s = 10;

/// How long a list's lock is valid.
/// @source Defaults.py LIST_LOCK_LIFETIME
inline constexpr double list_lock_lifetime_s = 5 * 3600;

/// How long Mailman's locks stay valid after their expiry.
/// @source LockFile.py CLOCK_SLOP
inline constexpr double lock_clock_slop_s = 10;

/// How long a process waits before it tries again to lock a list: at least, and up to so much
/// longer at random.
/// @source LockFile.py, __sleep
inline constexpr double lock_attempts_least_s = 0.01;
inline constexpr double lock_attempts_spread_s = 2.0;

/// How often the master restarts a failed runner.
/// @source bin/mailmanctl MAX_RESTARTS
inline constexpr int restart_limit = 10;

}  // namespace qslice::mailman_times
