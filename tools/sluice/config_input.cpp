#include "tools/sluice/config_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "config/document.h"
#include "config/loader.h"
#include "engine/base/io.h"

namespace sluice {
namespace {

Result<File> open_config(const std::string& file) {
  if (file == "-") return File(Io::system(), STDIN_FILENO, "stdin", false);
  return File::open(Io::system(), file, O_RDONLY | O_CLOEXEC);
}

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

Result<ConfigText> read_config(const ConfigChoice& choice) {
  if (choice.text) return ConfigText{"command line", *choice.text};
  const std::string& file = choice.file;
  Result<File> opened = open_config(file);
  if (!opened) return std::move(opened).error();
  ConfigText config{file == "-" ? "stdin" : file, {}};
  std::array<char, 16 << 10> piece{};
  // One byte more than allowed is read, so that the loader sees and reports a text that is too
  // long.
  while (config.text.size() <= DocumentLimits::text_bytes) {
    const Result<std::size_t> size = opened.value().read(std::span<char>(piece));
    if (!size) return size.error();
    if (size.value() == 0) break;
    config.text.append(piece.data(), size.value());
  }
  return config;
}

std::optional<GraphSpec> load_config(const ConfigText& config,
                                     const std::vector<std::string>& overrides,
                                     const Registry& registry, Diagnostics& diagnostics) {
  LoadRequest request;
  request.file_name = config.name;
  request.text = config.text;
  request.overrides = overrides;
  request.environment = environment_variable;
  for (const StageType& type : registry.all()) {
    if (type.main_is_map) request.map_options.emplace(type.name, type.main_option);
  }
  return load_sound_parts(request, diagnostics);
}

}  // namespace sluice
