package io.semblance.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the application. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"semblance " + (version == null ? "(not packaged)" : version)};
  }
}
