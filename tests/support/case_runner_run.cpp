#include "tests/support/case_runner_run.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "stages/support/compression.h"
#include "stages/support/frame_encoder.h"
#include "tests/support/case_runner_text.h"

namespace sluice::cases {
namespace {

namespace fs = std::filesystem;

/// A run that takes longer hangs.
constexpr int longest_run_seconds = 60;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sluice-case-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// A compression with the commands that pack and unpack.
struct Packing {
  std::string_view name;
  Compression format;
  std::string_view extension;
  std::string_view pack;
  std::string_view unpack;
};

constexpr std::array<Packing, 7> packings = {
    {{"gzip", Compression::gzip, ".gz", "gzip -nc", "gzip -dc"},
     {"zstd", Compression::zstd, ".zst", "zstd -qc", "zstd -dqc"},
     {"lz4", Compression::lz4, ".lz4", "lz4 -qc", "lz4 -dqc"},
     {"bzip2", Compression::bzip2, ".bz2", "bzip2 -c", "bzip2 -dc"},
     {"xz", Compression::xz, ".xz", "xz -0c", "xz -dc"},
     {"zlib", Compression::zlib, ".zz", "pigz -zc", "pigz -dc"},
     // What is left of a gzip member without its header and trailer.
     {"deflate", Compression::deflate, "", "gzip -nc | tail -c +11 | head -c -8", ""}}};

/// Compresses as sluice does, but in parts of `size` bytes of content.
std::string in_parts(const std::string& text, Compression format, std::size_t size) {
  const auto encoder = make_frame_encoder(format, levels_of(format).standard);
  std::string all;
  for (std::size_t at = 0; encoder && at < text.size(); at += size) {
    const std::string_view content = std::string_view(text).substr(at, size);
    std::string part(encoder.value()->bound(content.size()), '\0');
    part.resize(encoder.value()->encode(content, part).value());
    all += part;
  }
  return all;
}

class Trial {
 public:
  Trial(Case& test, const Combination& combination, const fs::path& sluice, bool update)
      : test_(test), combination_(combination), update_(update) {
    work_ = folder_.path() / "work";
    fs::create_directories(work_);
    fs::create_directories(folder_.path() / "bin");
    fs::create_symlink(fs::absolute(sluice), folder_.path() / "bin" / "sluice");
    write_file(folder_.path() / "stdin", "");
  }

  std::string run() {
    for (const Section& section : test_.sections) prepare(section);
    if (!wrong_.empty()) return wrong_;
    exit_status_ = shell(command_line());
    stdout_ = read_file(folder_.path() / "stdout");
    stderr_ = read_file(folder_.path() / "stderr");
    check_exit();
    for (Section& section : test_.sections) check(section);
    if (!wrong_.empty() && !stderr_.empty()) {
      wrong_ += "  stderr was:\n" + difference("", stderr_);
    }
    return wrong_;
  }

 private:
  void prepare(const Section& section) {
    if (section.is({"config"})) {
      const std::string name = section.words.size() > 1 ? section.words[1] : "pipelines.yaml";
      write_file(work_ / name, text_of(section, {}));
    } else if (section.is({"file"})) {
      if (section.words.size() < 2) return complain(section, "a file needs a name");
      write_input(section, 2, work_ / section.words[1]);
    } else if (section.is({"folder"})) {
      fs::create_directories(work_ / section.after(1));
    } else if (section.is({"stdin"})) {
      write_input(section, 1, folder_.path() / "stdin");
    } else if (section.is({"env"})) {
      environment_ += " " + shell_quoted(section.after(1));
    } else if (section.is({"run"})) {
      command_ = "sluice run $MATRIX " + section.after(1);
    } else if (section.is({"command"})) {
      command_ = "sluice " + section.after(1);
    } else if (section.is({"shell"})) {
      command_ = section.after(1);
    }
  }

  void write_input(const Section& section, std::size_t first_word, const fs::path& path) {
    TextForm form;
    if (!read_form(section, first_word, form, wrong_)) return;
    const fs::path plain = folder_.path() / "plain";
    const fs::path made = folder_.path() / "made";
    write_file(plain, text_of(section, form));
    const auto* const packing =
        std::find_if(packings.begin(), packings.end(),
                     [&](const Packing& one) { return one.name == form.compression; });
    const bool packed = packing != packings.end();
    const std::string pack(packed ? packing->pack : "cat");
    if (shell("cat " + shell_quoted(plain) + " | " + pack + " > " + shell_quoted(made)) != 0) {
      return complain(section, "'" + pack + "' failed");
    }
    std::string bytes = form.parts == 0 || !packed
                            ? read_file(made)
                            : in_parts(text_of(section, form), packing->format, form.parts);
    bytes.resize(bytes.size() - std::min(bytes.size(), form.cut));
    if (form.damage && *form.damage < bytes.size()) {
      bytes[*form.damage] = static_cast<char>(bytes[*form.damage] ^ 0x55);
    }
    write_file(path, form.append ? read_file(path) + bytes : bytes);
  }

  bool expects_metrics() const {
    for (const Section& section : test_.sections) {
      if (section.is({"expect", "metrics"})) return true;
    }
    return false;
  }

  std::string command_line() const {
    std::string options = combination_.options;
    if (expects_metrics()) options += " --summary-file " + (folder_.path() / "summary").string();
    const std::string bin = (folder_.path() / "bin").string();
    return "cd " + shell_quoted(work_) + " && env -u TERM PATH=" + shell_quoted(bin) +
           ":\"$PATH\" MATRIX=" + shell_quoted(options) +
           " CASE_FOLDER=" + shell_quoted(fs::absolute(test_.path).parent_path()) + environment_ +
           " timeout -k 1 " + std::to_string(longest_run_seconds) + " sh -c " +
           shell_quoted(command_) + " < ../stdin > ../stdout 2> ../stderr";
  }

  void check_exit() {
    int expected = 0;
    for (const Section& section : test_.sections) {
      if (section.is({"expect", "exit"})) expected = std::atoi(section.after(2).c_str());
    }
    if (exit_status_ == expected) return;
    wrong_ += "  exit status " + std::to_string(exit_status_) + ", expected " +
              std::to_string(expected) + "\n";
  }

  void check(Section& section) {
    if (section.is({"expect", "file"})) {
      if (section.words.size() < 3) return complain(section, "a file needs a name");
      compare_file(section);
    } else if (section.is({"expect", "no", "file"})) {
      if (fs::exists(work_ / section.after(3))) complain(section, "it exists");
    } else if (section.is({"expect", "same"})) {
      if (section.words.size() != 4) return complain(section, "two files need two names");
      compare_same(section);
    } else if (section.is({"expect", "stdout", "contains"})) {
      if (!contains(stdout_, section.after(3))) complain(section, "it does not");
    } else if (section.is({"expect", "stdout", "lacks"})) {
      if (contains(stdout_, section.after(3))) complain(section, "it does not");
    } else if (section.is({"expect", "stdout"})) {
      compare(section, 2, stdout_);
    } else if (section.is({"expect", "stderr", "contains"})) {
      if (!contains(stderr_, section.after(3))) complain(section, "it does not");
    } else if (section.is({"expect", "stderr", "lacks"})) {
      if (contains(stderr_, section.after(3))) complain(section, "it does not");
    } else if (section.is({"expect", "metrics"})) {
      check_metric(section);
    }
  }

  void compare_file(Section& section) {
    const auto text = plain_text(section.words[2]);
    if (!text) return complain(section, "there is no such file, or it cannot be unpacked");
    compare(section, 3, *text);
  }

  void compare_same(const Section& section) {
    const auto first = plain_text(section.words[2]);
    const auto second = plain_text(section.words[3]);
    if (!first || !second) return complain(section, "there is no such file, or it is damaged");
    if (*first != *second) complain(section, "they differ\n" + difference(*second, *first));
  }

  /// The text of a file, unpacked if its name says that it is packed.
  std::optional<std::string> plain_text(const std::string& name) {
    const fs::path path = work_ / name;
    if (!fs::is_regular_file(path)) return std::nullopt;
    const auto* const packing =
        std::find_if(packings.begin(), packings.end(), [&](const Packing& one) {
          return !one.extension.empty() && one.extension == path.extension().string();
        });
    if (packing == packings.end()) return read_file(path);
    const fs::path plain = folder_.path() / "plain";
    const std::string unpack(packing->unpack);
    const int status =
        shell(unpack + " < " + shell_quoted(path) + " > " + shell_quoted(plain) + " 2>&1");
    if (status != 0) return std::nullopt;
    return read_file(plain);
  }

  void compare(Section& section, std::size_t first_word, const std::string& actual) {
    TextForm form;
    if (!read_form(section, first_word, form, wrong_)) return;
    if (update_ && form.repeat == 1) {
      set_text(section, form, form.unordered ? sorted_lines(actual) : actual);
      return;
    }
    const std::string expected = text_of(section, form);
    const std::string difference_found =
        form.unordered ? difference(sorted_lines(expected), sorted_lines(actual))
                       : difference(expected, actual);
    if (!difference_found.empty()) complain(section, "it differs\n" + difference_found);
  }

  /// `expect metrics STAGE.KEY = N`
  void check_metric(const Section& section) {
    if (section.words.size() != 5) return complain(section, "write STAGE.KEY = N");
    const std::string& name = section.words[2];
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) return complain(section, "write STAGE.KEY = N");
    const std::string summary = read_file(folder_.path() / "summary");
    const std::string key = "\"" + name.substr(dot + 1) + "\": ";
    const std::size_t stage = summary.find("\"" + name.substr(0, dot) + "\": {");
    const std::size_t end = summary.find('}', stage);
    const std::size_t found = stage == std::string::npos ? stage : summary.find(key, stage);
    if (found == std::string::npos || found > end) return complain(section, "there is none");
    const std::size_t begin = found + key.size();
    const std::string value = summary.substr(begin, summary.find_first_of(",}", begin) - begin);
    if (value != section.words[4]) complain(section, "it is " + value);
  }

  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  void complain(const Section& section, const std::string& what) {
    wrong_ += "  " + section.head + ": " + what + (what.back() == '\n' ? "" : "\n");
  }

  Case& test_;
  const Combination& combination_;
  bool update_;
  TemporaryFolder folder_;
  fs::path work_;
  std::string environment_;
  std::string command_ = "sluice run $MATRIX";
  int exit_status_ = 0;
  std::string stdout_;
  std::string stderr_;
  std::string wrong_;
};

struct Axis {
  std::string name;
  std::vector<std::string> values;
};

/// Every combination of one value per axis.
std::vector<Combination> product(const std::array<Axis, 3>& axes) {
  std::vector<Combination> all{{}};
  for (const Axis& axis : axes) {
    std::vector<Combination> longer;
    for (const Combination& shorter : all) {
      for (const std::string& value : axis.values) {
        Combination& next = longer.emplace_back(shorter);
        if (!next.name.empty()) next.name += ", ";
        next.name.append(axis.name).append(" ").append(value);
        next.options.append(" --set engine.").append(axis.name).append("=").append(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

/// Every value of each axis with every value of each other one, in half of the combinations.
std::vector<Combination> half_of(const std::vector<Combination>& all,
                                 const std::array<Axis, 3>& axes) {
  const auto has_one = [](const Axis& axis) { return axis.values.size() < 2; };
  if (std::any_of(axes.begin(), axes.end(), has_one)) return all;
  std::vector<Combination> half;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t rest = i;
    std::size_t sum = 0;
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      sum += rest % axes[axis].values.size();
      rest /= axes[axis].values.size();
    }
    if (sum % 2 == 0) half.push_back(all[i]);
  }
  return half;
}

}  // namespace

std::vector<Combination> combinations_of(const Case& test) {
  std::array<Axis, 3> axes{
      {{"threads", {"1", "2", "8"}}, {"tokens", {"3", "8"}}, {"buffer", {"64B", "512KiB"}}}};
  for (const Section& section : test.sections) {
    if (section.is({"matrix", "off"}) || section.is({"command"})) return {{}};
    if (!section.is({"matrix"}) || section.words.size() < 3) continue;
    for (Axis& axis : axes) {
      if (axis.name != section.words[1]) continue;
      axis.values.assign(section.words.begin() + 2, section.words.end());
    }
  }
  const std::vector<Combination> all = product(axes);
  const char* given = std::getenv("SLUICE_TEST_EFFORT");
  const std::string_view effort = given != nullptr ? given : "";
  if (effort == "long" || all.size() < 2) return all;
  // The most threads with the smallest buffers.
  if (effort == "short") return {all[all.size() - all.size() / axes.front().values.size()]};
  return half_of(all, axes);
}

std::string run_case(Case& test, const Combination& combination,
                     const std::filesystem::path& sluice, bool update) {
  return Trial(test, combination, sluice, update).run();
}

}  // namespace sluice::cases
