#include "tools/benchmark/corpus.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/json_text.h"
#include "engine/data/scan.h"
#include "stages/support/decoding_reader.h"

namespace sluice::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t small_bytes = 1000;
constexpr std::uint64_t least_slice = 8 << 20;
constexpr std::size_t comparison_bytes = std::size_t{1} << 20;

Error mistake(std::string message, const std::string& file) {
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = std::move(message);
  error.file = file;
  return error;
}

/// Dirty pages that are written while others are measured would be measured, too.
Status force_to_disk(const std::string& path) {
  Result<File> file = File::open(Io::system(), path, O_RDONLY | O_CLOEXEC);
  if (!file) return std::move(file).error();
  if (Io::system().fsync(file.value().fd()) != 0) return io_error("cannot sync", errno, path);
  return Done{};
}

/// Has sluice write `path` with the stages in front of the sink, given as YAML, as are options of
/// the sink.
Status run_sluice(const std::string& sluice, const std::string& stages, const std::string& path,
                  std::string_view sink = {}) {
  const std::string config = path + ".yaml";
  Status written = write_text_file(config,
                                   "version: 1\n"
                                   "pipelines:\n"
                                   "  corpus:\n"
                                   "    stages:\n" +
                                       stages +
                                       "      - sink: file\n"
                                       "        path: " +
                                       json_quoted(path) + "\n" + std::string(sink));
  if (!written) return written;
  const Pipeline pipeline{{{{sluice, "run", "-f", config, "--no-progress", "--quiet"}}}};
  const Result<Usage> ran = run(pipeline);
  if (!ran) return ran.error();
  Io::system().unlink(config.c_str());
  return force_to_disk(path);
}

std::string_view name_of(Log log) {
  constexpr std::array<std::string_view, 4> names{"corpus", "joined", "app", "system"};
  return names[static_cast<std::size_t>(log)];
}

/// The halves of `plain` by turns, some 100 lines of each: as where the logs of two servers were
/// joined, and in no order that a program could know.
Status join_halves(const std::string& plain, const std::string& path) {
  constexpr std::size_t turn_bytes = 24 << 10;
  const Result<std::string> read = read_text_file(plain);
  if (!read) return read.error();
  const std::string_view text = read.value();
  const std::size_t middle = find_newline(text, text.size() / 2) + 1;
  std::array<std::string_view, 2> halves{text.substr(0, middle), text.substr(middle)};
  std::string joined;
  joined.reserve(text.size());
  for (std::size_t turn = 0; !halves[0].empty() || !halves[1].empty(); ++turn) {
    std::string_view& half = halves[turn % 2];
    const std::size_t end =
        half.size() > turn_bytes ? find_newline(half, turn_bytes) + 1 : half.size();
    joined += half.substr(0, end);
    half.remove_prefix(end);
  }
  Status written = write_text_file(path, joined);
  return written ? force_to_disk(path) : written;
}

Status generate(const CorpusChoice& choice, const std::string& path) {
  const std::string format = choice.log == Log::app      ? "json"
                             : choice.log == Log::system ? "syslog"
                                                         : "combined";
  std::string stages = "      - source: generate\n        format: " + format +
                       "\n        size: " + print(choice.size) + "\n";
  if (choice.log == Log::system) stages += "      - filter: {regex: '^<[0-9]{1,3}>1 '}\n";
  return run_sluice(choice.sluice, stages, path);
}

/// Whether `path` was made from `plain` as it is now.
bool is_current(const std::string& path, const std::string& plain) {
  std::error_code missing;
  const auto made = fs::last_write_time(path, missing);
  if (missing) return false;
  const auto changed = fs::last_write_time(plain, missing);
  return !missing && made >= changed;
}

Result<Command> compressor(Compression compression) {
  using Arguments = std::vector<std::string>;
  const auto choices = compression == Compression::zstd
                           ? std::vector<Arguments>{{"zstd", "-q", "-c", "-3"}}
                           : std::vector<Arguments>{{"pigz", "-c", "-6"}, {"gzip", "-c", "-6"}};
  for (Arguments arguments : choices) {
    const std::optional<std::string> path = find_program(arguments.front());
    if (!path) continue;
    arguments.front() = *path;
    return Command{std::move(arguments)};
  }
  return mistake("not installed, and the corpus needs it", choices.back().front());
}

Result<DecodingReader> open_decoded(const std::string& path) {
  Result<File> file = File::open(Io::system(), path, O_RDONLY | O_CLOEXEC);
  if (!file) return std::move(file).error();
  return DecodingReader(std::move(file).value());
}

/// A form of the log beside the plain one, and who makes it.
struct StoredForm {
  Input input;
  std::string_view suffix;
  std::optional<Compression> program = {};  ///< The program of that format; else sluice does.
  std::string_view stages = {};             ///< Of a sluice config, in front of the sink.
  std::string_view sink = {};               ///< Options of the sink.
};

const StoredForm& form_of(Input input) {
  static constexpr std::array<StoredForm, 11> forms{
      {{Input::gzip, ".gz", Compression::gzip},
       {Input::zstd, ".zst", Compression::zstd},
       {Input::gzip_members, ".members.gz"},
       {Input::zstd_frames, ".frames.zst"},
       {Input::bgzf, ".blocks.gz", {}, {}, "        format: bgzf\n"},
       {Input::lz4, ".lz4"},
       {Input::xz, ".xz", {}, {}, "        level: 1\n"},
       {Input::base64, ".base64", {}, "      - encode: {encoding: base64}\n"},
       {Input::hex, ".hex", {}, "      - encode: {encoding: hex, upper: true}\n"},
       {Input::utf16, ".utf16", {}, "      - encode: {encoding: utf16le}\n"},
       {Input::small, ".small.log"}}};
  return *std::find_if(forms.begin(), forms.end(),
                       [input](const StoredForm& form) { return form.input == input; });
}

}  // namespace

Result<Corpus> Corpus::open(const CorpusChoice& choice) {
  const fs::path folder = fs::absolute(choice.folder);
  const std::string name = choice.file
                               ? fs::path(*choice.file).filename().string()
                               : std::string(name_of(choice.log)) + "-" + print(choice.size);
  const std::string stem = (folder / name).string();
  Corpus corpus(choice.file ? fs::absolute(*choice.file).string() : stem + ".log", stem,
                choice.sluice);
  if (!choice.file && !fs::exists(corpus.plain_)) {
    Status made = Done{};
    if (choice.log == Log::joined) {
      CorpusChoice ordered = choice;
      ordered.log = Log::access;
      const Result<Corpus> access = open(ordered);
      made = access ? join_halves(access.value().plain_, corpus.plain_) : Status(access.error());
    } else {
      made = generate(choice, corpus.plain_);
    }
    if (!made) return std::move(made).error();
  }
  Status good = corpus.examine();
  if (!good) return std::move(good).error();
  return corpus;
}

Status Corpus::examine() {
  const Result<File> file = File::open(Io::system(), plain_, O_RDONLY | O_CLOEXEC);
  if (!file) return file.error();
  const Result<struct stat> status = file.value().status();
  if (!status) return status.error();
  size_bytes_ = static_cast<std::uint64_t>(status.value().st_size);
  std::vector<char> last(1);
  if (size_bytes_ == 0) return mistake("the corpus is empty", plain_);
  const Result<std::size_t> got = file.value().read_at(last, size_bytes_ - 1);
  if (!got) return got.error();
  if (last.front() != '\n') return mistake("the corpus must end with a line end", plain_);
  return Done{};
}

Result<std::string> Corpus::path_of(Input form) const {
  if (form == Input::plain) return plain_;
  const StoredForm& wanted = form_of(form);
  std::string path = stem_ + std::string(wanted.suffix);
  Status made = Done{};
  if (form == Input::small) {
    made = make_beginning(path, small_bytes);
  } else if (wanted.program) {
    made = make_compressed(path, *wanted.program);
  } else {
    made = make_with_sluice(path, wanted.stages, wanted.sink);
  }
  if (!made) return std::move(made).error();
  return path;
}

Result<Corpus> Corpus::slice() const {
  const std::string stem = stem_ + ".slice";
  Corpus slice(stem + ".log", stem, sluice_);
  if (!is_current(slice.plain_, plain_)) {
    Status made = make_beginning(slice.plain_, std::max(size_bytes_ / slice_divisor, least_slice));
    if (!made) return std::move(made).error();
  }
  Status good = slice.examine();
  if (!good) return std::move(good).error();
  return slice;
}

Status Corpus::make_beginning(const std::string& path, std::uint64_t bytes) const {
  Result<File> file = File::open(Io::system(), plain_, O_RDONLY | O_CLOEXEC);
  if (!file) return std::move(file).error();
  std::string text(std::min(bytes, size_bytes_), '\0');
  const Result<std::size_t> got = file.value().read_at(text, 0);
  if (!got) return got.error();
  text.resize(got.value());
  const std::size_t last_line_end = find_last_newline(text);
  if (last_line_end != npos) text.resize(last_line_end + 1);
  return write_text_file(path, text);
}

Status Corpus::make_compressed(const std::string& path, Compression compression) const {
  if (is_current(path, plain_)) return Done{};
  Result<Command> command = compressor(compression);
  if (!command) return std::move(command).error();
  command.value().arguments.push_back(plain_);
  const std::string partial = path + ".partial";
  const Result<Usage> ran = run({{std::move(command).value()}, partial});
  if (!ran) return ran.error();
  Status synced = force_to_disk(partial);
  if (!synced) return synced;
  if (Io::system().rename(partial.c_str(), path.c_str()) == 0) return Done{};
  return io_error("cannot rename", errno, partial);
}

Status Corpus::make_with_sluice(const std::string& path, std::string_view stages,
                                std::string_view sink) const {
  if (is_current(path, plain_)) return Done{};
  std::string text = "      - source: file\n        framing: none\n        paths: [";
  text.append(json_quoted(plain_)).append("]\n").append(stages);
  return run_sluice(sluice_, text, path, sink);
}

Status write_text_file(const std::string& path, std::string_view text) {
  Result<File> file =
      File::open(Io::system(), path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (!file) return std::move(file).error();
  Status written = file.value().write_all(std::span<const char>(text));
  return written ? file.value().close() : written;
}

Result<std::string> read_text_file(const std::string& path) {
  Result<File> file = File::open(Io::system(), path, O_RDONLY | O_CLOEXEC);
  if (!file) return std::move(file).error();
  const Result<struct stat> status = file.value().status();
  if (!status) return status.error();
  std::string text(static_cast<std::size_t>(status.value().st_size), '\0');
  const Result<std::size_t> got = file.value().read_at(text, 0);
  if (!got) return got.error();
  text.resize(got.value());
  return text;
}

Result<Comparison> compare_contents(const std::string& first, const std::string& second) {
  Result<DecodingReader> a = open_decoded(first);
  if (!a) return std::move(a).error();
  Result<DecodingReader> b = open_decoded(second);
  if (!b) return std::move(b).error();
  std::vector<char> piece_a(comparison_bytes);
  std::vector<char> piece_b(comparison_bytes);
  Comparison comparison;
  while (true) {
    const Result<std::size_t> got_a = a.value().read(piece_a);
    if (!got_a) return got_a.error();
    const Result<std::size_t> got_b = b.value().read(piece_b);
    if (!got_b) return got_b.error();
    const std::string_view text_a(piece_a.data(), got_a.value());
    const std::string_view text_b(piece_b.data(), got_b.value());
    if (text_a != text_b) return comparison;
    if (text_a.empty()) break;
    comparison.lines += count_newlines(text_a);
  }
  comparison.equal = true;
  return comparison;
}

}  // namespace sluice::bench
