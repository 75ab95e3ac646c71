# SPDX-License-Identifier: Apache-2.0
# The formula of a release: VERSION and the SHA256_… of its files are filled in by packaging/fill.
class Sr4j < Formula
  desc "Enlarges images with neural networks, and trains such networks"
  homepage "https://github.com/sr4j/sr4j"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "https://github.com/sr4j/sr4j/releases/download/v@VERSION@/sr4j-@VERSION@-macosx-arm64.zip"
      sha256 "@SHA256_macosx-arm64@"
    end
  end

  on_linux do
    on_intel do
      url "https://github.com/sr4j/sr4j/releases/download/v@VERSION@/sr4j-@VERSION@-linux-x86_64.zip"
      sha256 "@SHA256_linux-x86_64@"
    end
    on_arm do
      url "https://github.com/sr4j/sr4j/releases/download/v@VERSION@/sr4j-@VERSION@-linux-arm64.zip"
      sha256 "@SHA256_linux-arm64@"
    end
  end

  depends_on "openjdk"

  def install
    rm Dir["bin/*.bat"]
    libexec.install Dir["*"]
    (bin/"sr4j").write_env_script libexec/"bin/sr4j", Language::Java.overridable_java_home_env
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sr4j --version")
  end
end
