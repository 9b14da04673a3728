//! The languages a brief can ask for: one table, everything else derives from it.

use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($variant:ident $slug:literal $name:literal $ext:literal [$($alias:literal),*];)*) => {
        /// A language of the answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Language { $(#[serde(rename = $slug)] $variant),* }

        impl Language {
            /// Every language, in the order of the form.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Id in links and in the editor: lower case, no spaces.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),* }
            }

            /// Name for people.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// File extension without the dot.
            pub fn extension(self) -> &'static str {
                match self { $(Self::$variant => $ext),* }
            }

            /// Reads a slug, a name or an alias as it stands after a code fence; letter case does not matter.
            pub fn from_name(name: &str) -> Option<Self> {
                let name = name.trim().to_ascii_lowercase();
                match name.as_str() {
                    $($slug $(| $alias)* => Some(Self::$variant),)*
                    _ => Self::ALL.iter().copied().find(|language| language.name().eq_ignore_ascii_case(&name)),
                }
            }
        }
    };
}

languages! {
    TypeScript "typescript" "TypeScript" "ts" ["ts", "mts", "cts"];
    JavaScript "javascript" "JavaScript" "js" ["js", "mjs", "cjs", "node", "nodejs", "ecmascript"];
    Tsx "tsx" "React (TSX)" "tsx" ["react", "typescriptreact"];
    Jsx "jsx" "React (JSX)" "jsx" ["javascriptreact"];
    Python "python" "Python" "py" ["py", "py3", "python3"];
    Rust "rust" "Rust" "rs" ["rs"];
    Go "go" "Go" "go" ["golang"];
    Java "java" "Java" "java" [];
    Kotlin "kotlin" "Kotlin" "kt" ["kt", "kts"];
    Swift "swift" "Swift" "swift" [];
    CSharp "csharp" "C#" "cs" ["c#", "cs", "dotnet"];
    Cpp "cpp" "C++" "cpp" ["c++", "cc", "cxx", "hpp"];
    C "c" "C" "c" ["h"];
    Php "php" "PHP" "php" [];
    Ruby "ruby" "Ruby" "rb" ["rb"];
    Html "html" "HTML" "html" ["htm", "xhtml"];
    Css "css" "CSS" "css" [];
    Sql "sql" "SQL" "sql" ["postgresql", "postgres", "mysql", "sqlite", "plsql"];
    Bash "bash" "Bash" "sh" ["sh", "shell", "zsh", "shellscript"];
    Json "json" "JSON" "json" ["jsonc", "json5"];
    Yaml "yaml" "YAML" "yaml" ["yml"];
    Markdown "markdown" "Markdown" "md" ["md", "mdx"];
}

impl Language {
    /// True if an answer in `other` answers a request for this language: the same one, or a dialect of it.
    pub fn is_kin(self, other: Self) -> bool {
        let family = |language| match language {
            Self::JavaScript | Self::Tsx | Self::Jsx => Self::TypeScript,
            Self::Cpp => Self::C,
            other => other,
        };
        family(self) == family(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_least_twenty_and_every_name_leads_back() {
        assert!(Language::ALL.len() >= 20);
        for &language in Language::ALL {
            assert_eq!(Language::from_name(language.slug()), Some(language));
            assert_eq!(Language::from_name(language.name()), Some(language), "{}", language.name());
            assert_eq!(Language::from_name(&language.slug().to_uppercase()), Some(language));
            assert!(!language.extension().is_empty());
        }
    }

    #[test]
    fn aliases_of_fences_are_known() {
        for (alias, language) in [
            ("js", Language::JavaScript),
            ("py", Language::Python),
            ("C++", Language::Cpp),
            ("c#", Language::CSharp),
            ("sh", Language::Bash),
            ("yml", Language::Yaml),
            ("htm", Language::Html),
            ("golang", Language::Go),
        ] {
            assert_eq!(Language::from_name(alias), Some(language), "{alias}");
        }
        assert_eq!(Language::from_name("klingon"), None);
        assert!(Language::TypeScript.is_kin(Language::Jsx) && !Language::TypeScript.is_kin(Language::Html));
    }
}
