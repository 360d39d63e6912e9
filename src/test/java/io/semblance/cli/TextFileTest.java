package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFileTest {
  @TempDir private Path directory;

  private TextFile file(String name, String content) throws IOException {
    return new TextFile(Files.writeString(directory.resolve(name), content));
  }

  @Test
  void shouldReadTheColumnsOfASpreadsheet() throws IOException {
    TextFile file =
        file(
            "captions.CSV",
            "\uFEFFphotographer,id,text\r\nIda,a/caption,\"red boots, \"\"new\"\"\"\r\n,b,\"two\nlines, ä\"\r\n");
    assertThat(file.read())
        .containsExactly(
            new TextFile.Entry("a/caption", "red boots, \"new\""),
            new TextFile.Entry("b", "two\nlines, ä"));
  }

  @Test
  void shouldNameTheColumnsThatAreThereWhenOneIsMissing() throws IOException {
    TextFile semicolons = file("captions.csv", "id;text\na;red boots\n");
    assertThatIllegalArgumentException()
        .isThrownBy(semicolons::read)
        .withMessageContaining("captions.csv, line 2, has the columns [id;text]")
        .withMessageContaining("separated by a comma");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.csv|'id,text\na,boots\n,hat'|a.csv, line 3, has no id",
        "b.csv|'id,text\na,\nb,hat\n'|b.csv, line 2, has no text",
        "c.csv|'id,text\na,\"two\nlines\"\nb,\"\"\n'|c.csv, line 4, has no text",
        "d.jsonl|'{\"id\": \" \", \"text\": \"hat\"}'|d.jsonl, line 1, has no id",
        "e.jsonl|'\n{\"id\": \"e\", \"text\": \"\"}'|e.jsonl, line 2, has no text",
        "f.txt|'\n'|f.txt has no text",
      })
  void shouldNameTheRowThatSaysNothing(String name, String content, String message)
      throws IOException {
    TextFile file = file(name, content);
    assertThatIllegalArgumentException().isThrownBy(file::read).withMessageContaining(message);
  }

  @Test
  void shouldRefuseRowsThatAreTooShortOrTooLong() throws IOException {
    TextFile tooShort = file("short.csv", "id,text\na,boots\nb\n");
    assertThatIllegalArgumentException()
        .isThrownBy(tooShort::read)
        .withMessageContaining("short.csv, line 3");
    TextFile tooLong = file("long.csv", "id,text\na,boots,red\n");
    assertThatIllegalArgumentException()
        .isThrownBy(tooLong::read)
        .withMessageContaining("long.csv is no CSV");
  }
}
