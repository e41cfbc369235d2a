//! The end of a run: the last checks, and the report of a failure.

use super::{
    control::{RunReport, Sim},
    error::{SimError, concerned},
    failure::{End, Failure},
    failure_report::{FailureReport, RunSettings, hosts_named},
    picture,
};
use crate::{
    diagnosis::TableDiagnosis,
    engine::{self, CaughtPanic},
};

impl Sim {
    /// Runs the checks of the end.
    pub(super) fn check_end(&self) {
        self.read_tables();
        self.checker
            .check(|check, world, report| check.at_end(world, report));
    }

    /// That the harness has seen the DHT of each application that has run, unless it is
    /// said to have none.
    pub(super) fn check_seen(&self) -> Result<(), SimError> {
        let world = &self.world;
        let unseen = world.hosts().filter(|host| world.lacks_dht(*host));
        let hosts: Vec<_> = unseen.map(|host| world.name(host)).collect();
        match hosts.is_empty() {
            true => Ok(()),
            false => Err(SimError::DhtNotSeen { hosts }),
        }
    }

    /// Ends the run.
    pub(super) fn finish<R>(
        &self,
        outcome: Result<Result<R, SimError>, CaughtPanic>,
        settings: &RunSettings,
    ) -> Result<RunReport<R>, Failure> {
        let engine = &self.world.engine;
        // No event follows the last actions of the test, such as a heal, so flush
        // them here.
        engine.flush();
        let (digest, events) =
            engine.journal(|journal| (journal.digest_so_far(), journal.recorded()));
        let trace = engine.journal(|journal| journal.finish());
        let end = End {
            digest,
            events,
            deliveries: engine.events(),
            virtual_time: engine.now().since_start(),
        };
        let violations = self.violations();
        let mut report = FailureReport::new(settings.clone(), end);
        if let Err(error) = &trace {
            report.add_trace_error(error);
        }
        let mut ended = match outcome {
            Ok(Ok(value)) if violations.is_empty() => match trace {
                Ok(()) => Ok(RunReport { value, end }),
                Err(error) => Err(error.into()),
            },
            Ok(Ok(_)) => {
                self.describe(&mut report, |report| report.add_surroundings(&self.world));
                Err(Failure::Violations {
                    violations,
                    report: Box::new(report),
                })
            }
            Ok(Err(error)) => {
                self.describe(&mut report, |report| {
                    report.add_surroundings(&self.world);
                    report.add_names(&self.world, &error);
                    report.add_hosts(&self.world, &self.steps, error.hosts(&self.world));
                    report.add_diagnoses(&self.world, error.to_diagnose(&self.world));
                });
                Err(Failure::Body {
                    error,
                    violations,
                    report: Box::new(report),
                })
            }
            Err(panic) => {
                self.describe(&mut report, |report| {
                    report.add_backtrace(&panic);
                    report.add_surroundings(&self.world);
                    let (host, text) = (panic.note.host, &panic.note.message);
                    let about = host.into_iter().chain(hosts_named(&self.world, text));
                    let about: Vec<_> = about.collect();
                    report.add_hosts(&self.world, &self.steps, about.iter().copied());
                    if !TableDiagnosis::is_told_in(text) {
                        report.add_diagnoses(&self.world, concerned(&self.world, about));
                    }
                });
                Err(Failure::Panicked {
                    panic: panic.note,
                    violations,
                    report: Box::new(report),
                })
            }
        };
        let made = engine::catch(|| {
            let failure = ended.as_ref().err();
            picture::make(&self.world, settings, &end, &self.violations(), failure)
        });
        match (ended.as_mut().err().and_then(Failure::report_mut), made) {
            (Some(report), Ok(pictures)) => report.add_pictures(pictures),
            (Some(report), Err(panic)) => report.add_gap(&panic),
            (None, Ok(pictures)) => {
                if let Some(error) = pictures.into_iter().find_map(Result::err) {
                    ended = ended.and(Err(error.into()));
                }
            }
            (None, Err(_)) => {}
        }
        ended
    }

    /// Adds information to a report. A panic while the state of a behaviour is read
    /// must not hide the failure itself.
    fn describe(&self, report: &mut FailureReport, add: impl FnOnce(&mut FailureReport)) {
        if let Err(panic) = engine::catch(|| add(report)) {
            report.add_gap(&panic);
        }
    }
}
