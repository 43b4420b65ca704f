#include "tools/sluice/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/base/diagnostic.h"
#include "engine/base/units.h"
#include "engine/stage/registry.h"
#include "stages/register_all.h"
#include "tools/sluice/stage_flags.h"

namespace sluice {
namespace {

constexpr std::string_view overview =
    R"(sluice: multithreaded pipelines for logs, described in a YAML file

  sluice run                         run every pipeline of ./pipelines.yaml
  sluice run -f day.yaml --set vars.day=2026-01-02
  sluice run --file a.log.gz --parse combined --filter 'status >= 500' --stdout

commands: run       run pipelines        validate  check a config, open nothing
          explain   show the plan        stages    list stage types and options
          control   pause a source     version   print the version
'sluice COMMAND --help' has examples and options. Records go to stdout, all else to stderr.
)";

/// Of the contract, but of a later version.
constexpr std::array<std::string_view, 8> later_commands{"graph", "preview", "test", "schema",
                                                         "init",  "top",     "tap",  "completion"};
constexpr std::array<std::string_view, 1> later_run_options{"--resume"};

/// One command's options, read by CLI11. Unknown ones are kept, to be refused by name.
class Parser {
 public:
  Parser(const std::string& name, const std::string& description) : app_(description) {
    app_.name("sluice " + name);
    app_.allow_extras();
    app_.set_help_flag("-h,--help", "Print this help");
  }

  CLI::App& app() { return app_; }

  void add_config(ConfigChoice& config) {
    app_.add_option("-f,--config", config.file, "The config; '-' reads it from stdin")
        ->type_name("FILE")
        ->default_str("pipelines.yaml");
    add_repeated("--set", config.overrides,
                 "Change a value of the config, as in vars.day=2026-01-02; a map is the stage set")
        ->type_name("KEY=VALUE");
  }

  /// An option that may be given several times, each time with one value.
  CLI::Option* add_repeated(const std::string& name, std::vector<std::string>& to,
                            const std::string& description) {
    return app_.add_option(name, to, description)->allow_extra_args(false);
  }

  /// Unknown options may be meant to be one of these.
  void also_known(std::vector<std::string> words) { also_known_ = std::move(words); }

  /// "--threads", "-f", ...
  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app_.get_options()) {
      for (const std::string& word : option->get_lnames()) names.push_back("--" + word);
      for (const std::string& letter : option->get_snames()) names.push_back("-" + letter);
    }
    return names;
  }

  /// Help, a mistake, or nothing when all is well.
  std::optional<CommandLine> parse(std::vector<std::string> arguments) {
    try {
      std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end.
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return HelpText{app_.help()};
    } catch (const CLI::ParseError& error) {
      return UsageMistake{error.what(), "see '" + app_.get_name() + " --help'"};
    }
    // CLI11 counts the `--` that ends the options among what it does not know.
    const std::vector<std::string> left = app_.remaining();
    const auto unknown = std::find_if(left.begin(), left.end(),
                                      [](const std::string& word) { return word != "--"; });
    if (unknown == left.end()) return std::nullopt;
    return refuse(*unknown);
  }

 private:
  CommandLine refuse(const std::string& argument) const;

  CLI::App app_;
  std::vector<std::string> also_known_;
};

Registry all_stages() {
  Registry registry;
  register_all_stages(registry);
  return registry;
}

bool is_stage_type(std::string_view name) {
  const Registry registry = all_stages();
  const auto& all = registry.all();
  return std::any_of(all.begin(), all.end(),
                     [&](const StageType& type) { return type.name == name; });
}

CommandLine Parser::refuse(const std::string& argument) const {
  const std::string name = argument.substr(0, argument.find('='));
  const bool later = std::find(later_run_options.begin(), later_run_options.end(), name) !=
                     later_run_options.end();
  if (later) return UsageMistake{"option '" + name + "' is not available in this version", {}};
  if (name.empty() || name.front() != '-')
    return UsageMistake{"unexpected argument '" + name + "'", {}};
  std::vector<std::string> known = option_names();
  known.insert(known.end(), also_known_.begin(), also_known_.end());
  std::string hint = did_you_mean(name, known);
  if (name.substr(0, 2) == "--" && is_stage_type(std::string_view(name).substr(2))) {
    hint = "stages as flags go with 'sluice run'; -f names a config";
  } else if (hint.empty()) {
    hint = "see '" + app_.get_name() + " --help'";
  }
  return UsageMistake{"unknown option '" + name + "'", std::move(hint)};
}

/// Options of `run` that are values of the config under another name.
struct EngineFlags {
  std::string threads;
  std::string memory;
  std::string log_format;

  void add_to(CLI::App& app) {
    app.add_option("--threads", threads, "Compute threads (engine.threads)")->type_name("N");
    app.add_option("--memory", memory, "Bound of all buffers, as in 64MiB (engine.memory)")
        ->type_name("SIZE");
    app.add_option("--log-format", log_format, "text, json or logfmt (metrics.log.format)")
        ->type_name("FORMAT");
  }

  /// An option that is given with an empty value is a mistake, as an empty value in the config is.
  void apply(const CLI::App& app, ConfigChoice& config) const {
    const auto set = [&](const std::string& option, const std::string& key,
                         const std::string& value) {
      if (app.count(option) > 0) config.overrides.push_back(key + "=" + value);
    };
    set("--threads", "engine.threads", threads);
    set("--memory", "engine.memory", memory);
    set("--log-format", "metrics.log.format", log_format);
  }
};

/// The texts of the options of `run` that are looked at once all are read.
struct RunTexts {
  std::string timeout;
  std::string summary;
  std::string summary_file;
  std::string control;
  bool no_progress = false;

  void add_to(CLI::App& app) {
    app.add_option("--timeout", timeout,
                   "Stop the sources after this long, as in 10m, and drain; exit 1")
        ->type_name("DURATION");
    app.add_option("--summary", summary, "json: one JSON object as the last line on stderr")
        ->type_name("json");
    app.add_option("--summary-file", summary_file, "Write the summary to this file instead")
        ->type_name("PATH");
    app.add_option("--control", control,
                   "Listen here for 'sluice control', which pauses and resumes sources")
        ->type_name("PATH");
    app.add_flag("--no-progress", no_progress, "No progress line on a terminal");
  }

  std::optional<UsageMistake> apply(const CLI::App& app, RunOptions& run) const {
    run.progress = !no_progress;
    if (app.count("--timeout") > 0) {
      const std::optional<Duration> parsed = parse_duration(timeout);
      if (!parsed || parsed->value.count() <= 0) {
        return UsageMistake{"--timeout: '" + timeout + "' is not a duration",
                            "write for example 10s"};
      }
      run.timeout = parsed->value;
    }
    const bool writes_file = app.count("--summary-file") > 0;
    if (app.count("--summary") > 0 && summary != "json") {
      return UsageMistake{"--summary: unknown format '" + summary + "'", "the only one is json"};
    }
    if (writes_file && summary_file.empty()) {
      return UsageMistake{"--summary-file: the path is empty", "a variable in it may be empty"};
    }
    if (app.count("--control") > 0) {
      if (control.empty()) {
        return UsageMistake{"--control: the path is empty", "a variable in it may be empty"};
      }
      run.control = control;
    }
    run.summary = writes_file || app.count("--summary") > 0;
    if (writes_file) run.summary_file = summary_file;
    return std::nullopt;
  }
};

/// Makes stages given as flags the config of `run`.
std::optional<UsageMistake> use_stage_flags(const SortedArguments& sorted, bool names_config,
                                            RunOptions& run) {
  if (sorted.mistake) return sorted.mistake;
  if (sorted.stages.empty()) {
    if (!run.emit_yaml) return std::nullopt;
    return UsageMistake{
        "--emit-yaml prints the config that stages as flags stand for, and there "
        "are none",
        "as in: sluice run --file a.log --stdout --emit-yaml"};
  }
  const std::string flag = "--" + sorted.stages.front().type->name;
  if (names_config) {
    return UsageMistake{"stages as flags ('" + flag + "') and a config (-f) exclude each other",
                        "--emit-yaml prints the stages as a config, to be put into the file"};
  }
  if (!run.pipelines.empty()) {
    return UsageMistake{
        "stages as flags ('" + flag + "') and a pipeline ('" + run.pipelines.front() +
            "') exclude each other",
        "a stage takes one value; several paths are '[a.log, b.log]', a pattern is quoted"};
  }
  auto config = config_of(sorted.stages, run.config.overrides);
  if (auto* mistake = std::get_if<UsageMistake>(&config)) return std::move(*mistake);
  run.config.text = std::move(std::get<std::string>(config));
  run.config.overrides.clear();  // They are in the text.
  return std::nullopt;
}

constexpr const char* run_description =
    R"(Examples:
  sluice run                           every pipeline of ./pipelines.yaml
  sluice run errors -f day.yaml --set vars.day=2026-01-02 --threads 2
  sluice run --file a.log.gz --parse combined --filter 'status >= 500' --stdout
  sluice run --summary json --summary-file result.json

Runs pipelines. Records go to stdout; log, progress and summary to stderr.)";

std::string stages_footer(const Registry& registry) {
  return "Without a config, each flag --TYPE is a stage, in order; the first is a source.\n" +
         stage_flags_help(registry) +
         R"(The value is text as it is, or a YAML map of options, or a YAML list:
  sluice run --file '[a.log, b.log.gz]' --file '{path: all.zst, level: 9}'
'sluice stages TYPE' explains the options.)";
}

CommandLine read_run(const std::vector<std::string>& arguments) {
  RunOptions run;
  const Registry registry = all_stages();
  Parser parser("run", run_description);
  CLI::App& app = parser.app();
  app.footer(stages_footer(registry));
  EngineFlags engine;
  RunTexts texts;
  app.add_option("pipelines", run.pipelines,
                 "The pipelines to run; all of the file, if none is named");
  parser.add_config(run.config);
  engine.add_to(app);
  texts.add_to(app);
  app.add_flag("--strict", run.strict, "Exit 3 when records were rejected");
  app.add_flag("--quiet", run.quiet, "Log warnings and errors only");
  app.add_flag("--emit-yaml", run.emit_yaml,
               "Print the config that stages as flags stand for, and run nothing");
  std::vector<std::string> stage_flags;
  for (const StageType& type : registry.all()) stage_flags.push_back("--" + type.name);
  parser.also_known(std::move(stage_flags));

  const SortedArguments sorted = take_stage_flags(arguments, parser.option_names(), registry);
  if (auto early = parser.parse(sorted.others)) return *early;
  engine.apply(app, run.config);
  if (auto mistake = texts.apply(app, run)) return *mistake;
  if (auto mistake = use_stage_flags(sorted, app.count("-f") > 0, run)) return *mistake;
  return run;
}

CommandLine read_validate(const std::vector<std::string>& arguments) {
  ValidateOptions validate;
  Parser parser("validate",
                "Example:\n"
                "  sluice validate -f day.yaml\n\n"
                "Checks a config and prints every mistake. Opens none of the files it names.");
  parser.add_config(validate.config);
  if (auto early = parser.parse(arguments)) return *early;
  return validate;
}

CommandLine read_explain(const std::vector<std::string>& arguments) {
  ExplainOptions explain;
  Parser parser("explain",
                "Examples:\n"
                "  sluice explain -f day.yaml\n"
                "  sluice explain errors --set engine.threads=8\n\n"
                "Shows the plan: stages, what runs in parallel, buffers, the memory bound.");
  parser.app().add_option("pipelines", explain.pipelines,
                          "The pipelines to show; all of the file, if none is named");
  parser.add_config(explain.config);
  if (auto early = parser.parse(arguments)) return *early;
  return explain;
}

CommandLine read_stages(const std::vector<std::string>& arguments) {
  StagesOptions stages;
  std::string type;
  Parser parser("stages",
                "Examples:\n"
                "  sluice stages            every stage type, by role\n"
                "  sluice stages filter     options, defaults and an example of one\n\n"
                "Lists stage types.");
  parser.app().add_option("type", type, "The stage type to describe");
  parser.app().add_flag("--markdown", stages.markdown, "Print docs/stages.md");
  if (auto early = parser.parse(arguments)) return *early;
  if (!type.empty()) stages.type = type;
  return stages;
}

CommandLine read_control(const std::vector<std::string>& arguments) {
  ControlOptions control;
  Parser parser(
      "control",
      "Examples:\n"
      "  sluice run --control /run/sluice.sock\n"
      "  sluice control /run/sluice.sock sources\n"
      "  sluice control /run/sluice.sock pause errors access-log\n"
      "  sluice control /run/sluice.sock resume errors access-log\n\n"
      "Asks a run with a control socket to pause a source of a pipeline, or to resume it,\n"
      "or how its sources are.");
  parser.app().add_option("socket", control.socket, "The path that --control named")->required();
  parser.app()
      .add_option("request", control.request,
                  "sources, pause PIPELINE SOURCE, or resume PIPELINE SOURCE")
      ->required();
  if (auto early = parser.parse(arguments)) return *early;
  return control;
}

CommandLine read_version(const std::vector<std::string>& arguments) {
  Parser parser("version", "Example:\n  sluice version\n\nPrints the version.");
  if (auto early = parser.parse(arguments)) return *early;
  return VersionOptions{};
}

struct CommandReader {
  std::string_view name;
  CommandLine (*read)(const std::vector<std::string>& arguments);
};

constexpr std::array<CommandReader, 6> command_readers{{{"run", read_run},
                                                        {"validate", read_validate},
                                                        {"explain", read_explain},
                                                        {"stages", read_stages},
                                                        {"control", read_control},
                                                        {"version", read_version}}};

CommandLine refuse_command(const std::string& name) {
  if (std::find(later_commands.begin(), later_commands.end(), name) != later_commands.end()) {
    return UsageMistake{"command '" + name + "' is not available in this version", {}};
  }
  const std::string what = name.substr(0, 1) == "-" ? "option" : "command";
  std::vector<std::string> known{"--help", "--version"};
  known.reserve(known.size() + command_readers.size());
  for (const CommandReader& reader : command_readers) known.emplace_back(reader.name);
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = "'sluice' alone lists the commands";
  return UsageMistake{"unknown " + what + " '" + name + "'", std::move(hint)};
}

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return HelpText{std::string(overview)};
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") return HelpText{std::string(overview)};
  if (name == "--version") return VersionOptions{};
  for (const CommandReader& reader : command_readers) {
    if (reader.name == name) return reader.read({arguments.begin() + 1, arguments.end()});
  }
  return refuse_command(name);
}

}  // namespace sluice
