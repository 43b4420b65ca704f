// The command line, read: which command, and its options as plain data.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/sluice/config_input.h"
#include "tools/sluice/usage_mistake.h"

namespace sluice {

struct RunOptions {
  ConfigChoice config;
  std::vector<std::string> pipelines;   ///< Empty: all of the file.
  std::chrono::nanoseconds timeout{0};  ///< 0: none.
  bool strict = false;
  bool emit_yaml = false;  ///< Print `config.text` and run nothing.
  bool progress = true;
  bool quiet = false;                       ///< Warnings and errors only.
  bool summary = false;                     ///< One JSON object at the end.
  std::optional<std::string> summary_file;  ///< Where it goes; nothing: stderr.
  std::optional<std::string> control;       ///< The path of a control socket.
};

struct ValidateOptions {
  ConfigChoice config;
};

struct ExplainOptions {
  ConfigChoice config;
  std::vector<std::string> pipelines;
};

struct StagesOptions {
  std::optional<std::string> type;  ///< Nothing: all of them.
  bool markdown = false;            ///< The text of docs/stages.md.
};

struct ControlOptions {
  std::string socket;
  std::vector<std::string> request;  ///< At least one word.
};

struct VersionOptions {};

/// Nothing is left to do: the text is to be printed.
struct HelpText {
  std::string text;
};

using CommandLine = std::variant<RunOptions, ValidateOptions, ExplainOptions, StagesOptions,
                                 ControlOptions, VersionOptions, HelpText, UsageMistake>;

/// Reads the arguments after the program's name.
CommandLine read_command_line(const std::vector<std::string>& arguments);

}  // namespace sluice
