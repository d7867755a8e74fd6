// session/settings_rules.h: which settings make sense, which need a restart, and how the store words them. Floor 5.
// Pure functions.
#pragma once

#include "compute/session/learn_view.h"

namespace warpscope::session {

// The error names the value and what is accepted.
base::Result<void> check_settings(const LearnSettings& settings);

// Network, batch and seed belong to a run from its first step on.
bool needs_restart(const LearnSettings& in_force, const LearnSettings& asked);

training::TrainerSettings trainer_settings(const LearnSettings& settings, training::NetworkSpec network, int threads);
store::RunSettings run_settings(const LearnSettings& settings, std::string_view backend);
// Back from the store; what a run does not keep (momentum, betas) is the default.
base::Result<LearnSettings> settings_of(const store::RunSettings& run);

}  // namespace warpscope::session
