//! Several projects, and projects beside classic content, in one worker.

use std::sync::Arc;

use content::PypantherProject;
use model::FindingKind;
use python_host::{GlobalProgram, Program, RuleProgram, RuleSource};

use super::{config, project, repository, start_all};
use crate::support::{self, event, rule};

/// A project whose rule tells in its title which modules it sees, also those that it imports late.
fn named(root: &str, id: &str) -> Arc<PypantherProject> {
    let helper = format!("NAME = '{root}'\n");
    let rules = format!(
        "import helpers\nfrom pypanther import Rule, Severity\n\n\nclass R(Rule):\n    id = '{id}'\n    \
         log_types = ['Test.Log']\n    default_severity = Severity.LOW\n    \
         def rule(self, event):\n        return True\n    def title(self, event):\n        \
         import late\n        import helpers as again\n        return helpers.NAME + again.NAME + late.NAME\n"
    );
    let files = [
        ("main.py", "import pypanther\nimport rules\npypanther.register(rules.R)\n"),
        ("rules.py", &rules),
        ("helpers.py", &helper),
        ("late.py", &helper),
    ];
    project(root, &files)
}

fn titles(evaluation: &python_host::Evaluation) -> Vec<String> {
    let title = |finding: &model::Finding| match &finding.kind {
        FindingKind::Match(found) => found.title.clone().unwrap_or_default(),
        other => panic!("expected a match, got {other:?}"),
    };
    evaluation.findings.iter().map(title).collect()
}

#[tokio::test]
async fn projects_with_modules_of_the_same_names_do_not_see_each_other() {
    let (host, _, report) = start_all(config(), &[named("p", "A"), named("q", "B")]).await;
    assert_eq!(report.setup_errors, []);
    let evaluation = support::evaluate(&host, vec![event(0, "{}"), event(1, "{}")]).await;
    assert_eq!(titles(&evaluation), ["ppp", "qqq", "ppp", "qqq"]);
}

#[tokio::test]
async fn an_override_in_one_project_does_not_change_the_package_of_the_other() {
    let main = |threshold: u32, id: &str| {
        format!(
            "from pypanther import register\nfrom pypanther.rules.okta.okta_rate_limits import OktaRateLimits as R\n\
             R.override(threshold={threshold}, id='{id}')\nregister(R)\n"
        )
    };
    let projects = [project("p", &[("main.py", &main(2, "A"))]), project("q", &[("main.py", &main(3, "B"))])];
    let (host, repository, report) = start_all(config(), &projects).await;
    assert_eq!(report.setup_errors, [], "each project registers its own class under its own id");
    let told: Vec<_> =
        repository.rules().map(|rule| (rule.detection.id.as_str(), rule.detection.threshold)).collect();
    assert_eq!(told, [("A", 2), ("B", 3)]);
    host.shutdown().await;
}

#[tokio::test]
async fn globals_and_modules_of_a_project_may_have_the_same_name() {
    let repository = repository(&config(), &[named("p", "P")]);
    let mut rules: Vec<RuleProgram> = Program::from_repository(&repository).rules().to_vec();
    assert!(matches!(rules[0].source, RuleSource::Project(_)));
    let classic =
        "def rule(event):\n    return True\ndef title(event):\n    import helpers\n    return helpers.NAME";
    rules.extend([rule("A", classic), rule("Z", classic)]);
    let global = GlobalProgram { id: "helpers".into(), source: "NAME = 'global'".into() };
    let program = Arc::new(Program::new(vec![global], vec![], rules));
    let (host, report) = support::start_with(config(), program).await;
    assert_eq!(report.setup_errors, []);
    let evaluation = support::evaluate(&host, vec![event(0, "{}"), event(1, "{}")]).await;
    assert_eq!(titles(&evaluation), ["global", "ppp", "global", "global", "ppp", "global"]);
}

#[tokio::test]
async fn a_project_may_use_the_globals_of_classic_content() {
    let main = "from pypanther import *\nfrom shared import NAME\nclass R(Rule):\n    id = 'P'\n    \
                log_types = ['Test.Log']\n    default_severity = Severity.LOW\n    \
                def rule(self, event):\n        return True\n    def title(self, event):\n        return NAME\n\
                register(R)\n";
    let mut rule = rule("P", "");
    rule.source = RuleSource::Project(project("p", &[("main.py", main)]));
    let global = GlobalProgram { id: "shared".into(), source: "NAME = 'global'".into() };
    let program = Arc::new(Program::new(vec![global], vec![], vec![rule]));
    let (host, _) = support::start_with(config(), program).await;
    assert_eq!(titles(&support::evaluate(&host, vec![event(0, "{}")]).await), ["global"]);
}
