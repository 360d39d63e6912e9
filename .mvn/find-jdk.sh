# Sets JAVA_HOME to a JDK 25 or newer; sourced by ./mvnw and ./semblance.
# Looks at JAVA_HOME, the usual folders and the java on the PATH, in this order.

semblance_java_version() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] &&
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

semblance_find_jdk() {
  on_path=$(command -v javac 2>/dev/null || true)
  if [ -n "$on_path" ]; then
    on_path=$(dirname "$(dirname "$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")")")
  fi
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/jdk* \
    "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25* \
    /Library/Java/JavaVirtualMachines/*25*/Contents/Home "$on_path"; do
    [ -n "$candidate" ] || continue
    version=$(semblance_java_version "$candidate" || true)
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "Semblance needs a JDK 25, and none was found in JAVA_HOME, /usr/lib/jvm or on the PATH." >&2
  echo "Install one (for example: apt-get install temurin-25-jdk, or https://adoptium.net) or set JAVA_HOME to it." >&2
  return 1
}

semblance_find_jdk || exit 1
