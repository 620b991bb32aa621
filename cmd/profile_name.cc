#include "cmd/profile_name.h"

#include <CLI/CLI.hpp>

#include "scaler/scaling_profile.h"

namespace loadcurve {

void AddProfileNameOption(CLI::App& command, std::string& name, const std::string& usually) {
  command.add_option("--name", name, "Of a new ScalingProfile (default: " + usually + ")")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return IsDnsLabel(text)
                       ? ""
                       : "'" + text + "' is no name; expected a-z, 0-9 and '-', as shop-eu";
          },
          ""))
      ->option_text("NAME");
}

}  // namespace loadcurve
