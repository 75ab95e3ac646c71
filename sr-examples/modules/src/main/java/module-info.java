// SPDX-License-Identifier: Apache-2.0

// snippet: module
/** An application that is a module. Backends are found as providers of services. */
module com.example.modules {
  requires io.github.sr4j;
}
// end
