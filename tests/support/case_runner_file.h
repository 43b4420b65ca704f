// A case: one end-to-end test as a text file.
//
//   # title                         the first line
//   matrix off                      run once; or `matrix threads 1 8`, `matrix buffer 64KiB`, ...
//   env NAME=VALUE
//   config [NAME]                   pipelines.yaml, if not named; its text follows, indented by two
//   file NAME [HOW...]              an input; its text follows
//   folder NAME
//   stdin [HOW...]
//   run ARGS                        sluice run ARGS; this is also the default
//   command ARGS                    sluice ARGS, outside the matrix
//   shell COMMAND                   in sh, with `sluice` and $MATRIX, its options, at hand
//   expect exit N                   0, if not given
//   expect file NAME [HOW...]       its text; .gz .zst .lz4 .bz2 .xz .zz are unpacked first
//   expect no file NAME
//   expect same NAME OTHER          two files have the same text
//   expect stdout [HOW...]
//   expect stdout|stderr contains|lacks TEXT
//   expect metrics STAGE.KEY = N    of `--summary json`
//
// HOW: `escaped` (unescaped() applies), `repeat N` (in each repetition `%d` is its number),
// `no-newline`, `gzip`, `zstd`, `lz4`, `bzip2`, `xz`, `zlib`, `deflate` (by the usual programs),
// `parts N` (as sluice compresses, but in parts of N bytes of content), `append` (to what an
// earlier section put there), `cut N` (the last N bytes are missing), `damage N` (byte N of what is
// written is another one), `unordered` (expectations). Texts end before the next line that is not
// indented; blank lines at their end are not theirs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cases {

/// How a section's text becomes bytes.
struct TextForm {
  bool escaped = false;
  bool newline = true;
  bool unordered = false;
  bool append = false;
  std::string compression;  ///< "gzip", "zstd", ... or empty.
  std::size_t repeat = 1;
  std::size_t parts = 0;  ///< Content of each, bytes; 0: whatever the usual program does.
  std::size_t cut = 0;
  std::optional<std::size_t> damage;
};

struct Section {
  std::string head;                ///< The line that begins it.
  std::vector<std::string> words;  ///< Of the head.
  std::vector<std::string> body;   ///< Without the indentation.

  /// What follows the first `count` words of the head, as written.
  std::string after(std::size_t count) const;
  bool is(const std::vector<std::string>& beginning) const;
};

struct Case {
  std::filesystem::path path;
  std::string title;
  std::vector<Section> sections;
  std::string mistake;  ///< Why it cannot be run; empty: it can.
};

Case read_case(const std::filesystem::path& path);
/// Writes the sections back.
void write_case(const Case& test);

/// Reads the words of `section` from number `first` on; false after setting `mistake`.
bool read_form(const Section& section, std::size_t first, TextForm& form, std::string& mistake);

/// The bytes that the body stands for, before compression.
std::string text_of(const Section& section, const TextForm& form);

/// Makes `text` the body, and adapts the form that the head states.
void set_text(Section& section, const TextForm& form, const std::string& text);

}  // namespace sluice::cases
