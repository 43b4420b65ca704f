#include "stages/support/output_framing.h"

namespace sluice {

void check_output_framing(const OutputFramingOptions& options, const OptionErrors& errors) {
  check_delimiters(options.framing == OutputFraming::lines, options.delimiter,
                   options.framing == OutputFraming::length_prefixed, errors);
}

}  // namespace sluice
