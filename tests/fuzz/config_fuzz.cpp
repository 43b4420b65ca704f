// Fuzz target: any bytes as a config. load() must return, within its bounds, and what it says must
// be renderable.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/loader.h"
#include "config/misreading.h"
#include "engine/base/diagnostic.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::LoadRequest request;
  request.file_name = "fuzz.yaml";
  request.text.assign(data, data + size);
  request.overrides = {"vars.day=2026-01-02", "engine.threads=2", "pipelines.main.stages.0.path=x"};
  request.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "HOME") return "/home/someone";
    return std::nullopt;
  };
  sluice::Diagnostics diagnostics;
  const bool loaded = sluice::load(request, diagnostics).has_value();
  if (loaded != diagnostics.empty()) __builtin_trap();
  const std::size_t mistakes = diagnostics.all().size();
  sluice::explain_misreadings(request.text, diagnostics);
  if (diagnostics.all().size() != mistakes) __builtin_trap();

  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < diagnostics.all().size() && i < shown; ++i) {
    if (sluice::render(diagnostics.all()[i], request.file_name, request.text).empty()) {
      __builtin_trap();
    }
  }
  return 0;
}
