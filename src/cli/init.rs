//! `init NAMESPACE`: a starting set of policies, for a team that keeps its policies itself.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::ensure;
use clap::{Args, ValueEnum};

use crate::model::{BuiltIn, Fix, NamespaceView, Profile, Template};
use crate::object::{Meta, Namespace};
use crate::provision::{DesiredPolicy, desired};

use super::knowledge::Source;
use super::print::print;
use super::state::State;
use super::{FactsPath, SettingsFile};

/// `portcullis init NAMESPACE`
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The namespace that the policies are for
    namespace: String,
    /// What they are to reach [default: what the namespace's labels ask for, else the settings]
    #[arg(long, value_enum)]
    profile: Option<Wanted>,
    /// A built-in template to add, once for each [default: those of the settings, else all of them]
    #[arg(long = "template", value_name = "NAME", value_parser = BuiltIn::named)]
    templates: Vec<BuiltIn>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

/// The profiles that ask for something.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wanted {
    /// Ingress is closed
    Baseline,
    /// Ingress and egress are closed
    Restricted,
}

impl Init {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut settings = self.facts.with(self.settings.read()?)?;
        self.choose(&mut settings.controller.templates);
        let state = if self.facts.facts.is_some() && !self.source.is_named() {
            State::read(&[], &self.namespace, &settings)?
        } else {
            self.source.state(&settings)?
        };
        let found = desired(&settings, &state.world, &self.view(&state));
        ensure!(
            !found.policies.is_empty(),
            "the profile of namespace {} asks for no policy; name another with --profile",
            self.namespace
        );
        let left_out = found.left_out.iter().map(|left_out| format!("# {left_out}\n"));
        let mut text = left_out.collect::<Vec<String>>().concat();
        let of_team = |policy: &DesiredPolicy| policy.of_team(&self.namespace);
        text += &Fix { objects: found.policies.iter().map(of_team).collect() }.to_yaml();
        print(&text)?;
        Ok(state.code(0))
    }

    /// The templates that are named; else those of the settings; else every built-in one: a team deletes what it does not want.
    fn choose(&self, templates: &mut Vec<Template>) {
        if !self.templates.is_empty() {
            *templates = self.templates.iter().copied().map(Template::BuiltIn).collect();
        } else if templates.is_empty() {
            *templates = BuiltIn::ALL.map(Template::BuiltIn).to_vec();
        }
    }

    /// The namespace as it is known, with the profile that is asked for.
    fn view(&self, state: &State) -> NamespaceView {
        let known = state.world.namespace(&self.namespace).cloned();
        let mut view = known.unwrap_or_else(|| NamespaceView::new(&self.namespace));
        let Some(profile) = self.profile else { return view };
        let profile = match profile {
            Wanted::Baseline => Profile::Baseline,
            Wanted::Restricted => Profile::Restricted,
        };
        let labels = view.labels();
        let unknown = || {
            let name = self.namespace.clone();
            Arc::new(Namespace { meta: Meta { name, labels, ..Meta::default() } })
        };
        let namespace = Arc::make_mut(view.object.get_or_insert_with(unknown));
        namespace.meta.labels.insert("portcullis.dev/enforce", profile.name());
        view
    }
}
